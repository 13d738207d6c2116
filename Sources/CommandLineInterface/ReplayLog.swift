// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Reports
import Service

/// What a replay would have said, as it goes and in the end.
struct ReplayLog: Sendable {
  /// What a rule did.
  private struct Record {
    var episodes = 0
    var first: Instant
    var last: Instant
    /// Microseconds in which an alert fired.
    var firing: Int64 = 0
    var subjects: Set<String> = []
  }

  private let model: String
  /// What is known to have happened.
  private let events: [Note]
  private var moments = 0
  private var newest: Instant?
  private var records: [String: Record] = [:]
  private var open: [AlertKey: Instant] = [:]
  private var beginnings: [(at: Instant, key: AlertKey)] = []

  init(model: String, events: [Note]) {
    self.model = model
    self.events = events
  }

  /// Adds a moment and returns lines on what changed then.
  mutating func lines(_ step: ReplayService.Step) -> String {
    let moment = step.moment
    moments += 1
    newest = moment
    var text = ""
    for change in step.changes {
      guard let transition = change.transition, let alert = change.alert else { continue }
      let name = Self.name(change.key)
      if transition.to == .firing {
        var record = records[change.key.rule] ?? Record(first: moment, last: moment)
        record.episodes += 1
        record.last = moment
        record.subjects.insert(change.key.subject)
        records[change.key.rule] = record
        open[change.key] = moment
        beginnings.append((moment, change.key))
        text += "\(moment)  firing, \(alert.severity.rawValue): \(name)\n    \(transition.reason)\n"
      } else if transition.from == .firing {
        let since = open.removeValue(forKey: change.key) ?? moment
        records[change.key.rule]?.firing += moment.microseconds - since.microseconds
        records[change.key.rule]?.last = moment
        text += "\(moment)  resolved: \(name)\n    \(transition.reason)\n"
      }
    }
    return text
  }

  private static func name(_ key: AlertKey) -> String {
    "\(key.rule) of \(key.subject)" + (key.segment.map { " (\($0))" } ?? "")
      + ", \(key.window), version \(key.version)"
  }

  /// What each rule would have done, how often, and how early after what is known to have happened.
  var summary: String {
    var text = "\n\(model): \(moments) moments"
    guard !records.isEmpty else { return text + ", no alert\n" + truths }
    text += ", what each rule would have done\n"
    for (name, record) in records.sorted(by: { ($0.value.first, $0.key) < ($1.value.first, $1.key) }
    ) {
      let running = open.filter { $0.key.rule == name }
      let still = running.values.reduce(Int64(0)) { sum, since in
        sum + ((newest ?? since).microseconds - since.microseconds)
      }
      let days = FixedDuration(microseconds: record.firing + still).days
      let alerts = record.episodes == 1 ? "1 alert" : "\(record.episodes) alerts"
      text +=
        "  \(name): \(alerts) on \(record.subjects.sorted().prefix(5).joined(separator: ", "))"
      text += ", \(NumberText.text(days)) days firing, first \(record.first)"
      text += running.isEmpty ? ", last over \(record.last)\n" : ", still firing\n"
    }
    return text + truths
  }

  /// The first alert after each event.
  private var truths: String {
    guard !events.isEmpty else { return "" }
    var text = "after what is known to have happened\n"
    for (index, event) in events.enumerated() {
      let next = index + 1 < events.count ? events[index + 1].from : nil
      let after = beginnings.filter { begin in
        event.from <= begin.at && (next.map { begin.at < $0 } ?? true)
      }
      text += "  \(event.from) \(event.text): "
      guard let first = after.first else {
        text += "no alert" + (next == nil ? "\n" : " before the next event\n")
        continue
      }
      let late = FixedDuration(microseconds: first.at.microseconds - event.from.microseconds)
      let others = after.count - 1
      text +=
        "\(Self.name(first.key)) after \(NumberText.text(late.days)) days"
        + (others > 0 ? ", and \(others) more\n" : "\n")
    }
    return text
  }
}
