// SPDX-License-Identifier: Apache-2.0
package import Alerting
package import Checks
package import Profiles

/// An alert as reports show it: as it is stored, or as it stands in a replay.
package struct ReportedAlert: Sendable, Hashable {
  package let alert: Alert
  /// What is stored of it; nil in a replay.
  package let stored: StoredAlert?

  package init(_ stored: StoredAlert) {
    alert = stored.alert
    self.stored = stored
  }

  package init(_ alert: Alert) {
    self.alert = alert
    stored = nil
  }

  /// The number by which commands name it; nil where it is not stored.
  package var number: Int? { stored?.identifier }
  package var state: AlertState { alert.state }
  package var severity: Severity { alert.severity }
  /// When it came into its state.
  package var since: Instant { alert.since }
  package var reason: String { alert.reason }

  /// What it is of, for people.
  package var name: String {
    let key = alert.key
    return "\(key.rule) of \(key.subject)" + (key.segment.map { " (\($0))" } ?? "")
      + ", \(key.window)"
  }

  /// What operators said to it.
  package var standing: String {
    (stored?.isSilenced ?? false ? ", silenced" : "")
      + (stored?.acknowledgedBy.map { ", acknowledged by \($0)" } ?? "")
  }
}

extension [ReportedAlert] {
  /// The firing ones first, the most severe of them first.
  package var inOrder: [ReportedAlert] {
    let states = [AlertState.firing, .pending, .noData, .resolved, .inactive]
    return enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      let rank = { (alert: ReportedAlert) in states.firstIndex(of: alert.state) ?? states.count }
      if rank(a) != rank(b) { return rank(a) < rank(b) }
      if a.severity != b.severity { return a.severity > b.severity }
      return left.offset < right.offset
    }.map(\.element)
  }

  /// Those that are listed one by one: they fire, or have ended lately.
  var listed: [ReportedAlert] { filter { $0.state == .firing || $0.state == .resolved } }

  /// A sentence on those that wait, and one on those without data.
  var others: [String] {
    [(AlertState.pending, "pending"), (.noData, "without data")].compactMap { state, title in
      let alerts = filter { $0.state == state }
      guard let first = alerts.first else { return nil }
      let more = alerts.count > 1 ? " and \(alerts.count - 1) more" : ""
      return "\(title): \(first.name)\(more). \(first.reason)"
    }
  }
}
