// SPDX-License-Identifier: Apache-2.0
import Checks
package import Profiles

/// Moves an alert from state to state: a function of what was known and what is seen, without clock
/// or storage.
///
/// Missing data never resolve an alert, nor do unclear ones: only a window that is well does, or
/// the end of what was watched.
package struct AlertMachine: Sendable {
  /// Why an alert must end whatever its windows say.
  package enum Ending: Sendable, Hashable {
    case retired, ruleRemoved, unwatched

    var reason: String {
      switch self {
      case .retired: "the version is no longer in use"
      case .ruleRemoved: "the rule is no longer there"
      case .unwatched: "it is no longer monitored"
      }
    }
  }

  private let grid: BucketGrid
  /// The moment of the check.
  private let now: Instant

  package init(_ grid: BucketGrid, now: Instant) {
    self.grid = grid
    self.now = now
  }

  /// Returns the alert after a check, nil where there is nothing to remember, and its change of
  /// state.
  ///
  /// - `alert`: How it stood; nil for inactive.
  /// - `seen`: What windows said in this check, in any order; a window may have been seen before.
  /// - `inhibitor`: An alert that fires and explains this one.
  /// - Complexity: O(seen + remembered windows · log).
  package func step(
    _ alert: Alert?,
    of key: AlertKey,
    by rule: Rule,
    seen: [AlertObservation],
    inhibitor: String? = nil
  ) -> (Alert?, AlertTransition?) {
    let newest = seen.max { $0.window.to < $1.window.to }
    // Of two evaluations of one window the new one counts.
    guard let latest = [newest, alert?.newest].compactMap(\.self).max(by: Self.isOlder) else {
      return (alert, nil)
    }
    var next =
      alert
      ?? Alert(
        key: key,
        state: .inactive,
        since: now,
        newest: latest,
        severity: rule.severity,
        reason: latest.reason
      )
    next.newest = latest
    next.severity = rule.severity
    guard !seen.isEmpty else { return (next, nil) }
    remember(seen, upTo: latest.window, rule, in: &next)
    next.badSince = latest.signal == .bad ? next.badSince ?? now : nil
    next.inhibitor = nil
    let (state, reason) = target(of: next, by: rule, inhibitor: inhibitor)
    let transition = move(&next, to: state, reason)
    return (next.isForgettable ? nil : next, transition)
  }

  /// Returns the alert after what was watched has ended.
  package func end(_ alert: Alert, _ ending: Ending) -> (Alert?, AlertTransition?) {
    var next = alert
    next.badWindows = []
    next.badSince = nil
    next.inhibitor = nil
    let state: AlertState = alert.state == .firing ? .resolved : .inactive
    guard alert.state != .resolved else { return (next, nil) }
    let transition = move(&next, to: state, ending.reason)
    return (next.isForgettable ? nil : next, transition)
  }

  private static func isOlder(_ left: AlertObservation, _ right: AlertObservation) -> Bool {
    left.window.to < right.window.to
  }

  /// Takes in what windows say, also those that were evaluated again, and forgets those out of
  /// reach.
  private func remember(
    _ seen: [AlertObservation],
    upTo newest: TimeRange,
    _ rule: Rule,
    in alert: inout Alert
  ) {
    let again = Set(seen.map(\.window))
    let bad =
      alert.badWindows.filter { !again.contains($0) }
      + seen.filter { $0.signal == .bad }.map(\.window)
    var start = newest.from
    if case .windows(_, let all) = rule.policy.hold {
      for _ in 1..<max(all, 1) {
        guard let earlier = grid.lastWindow(alert.key.window, endingBy: start) else { break }
        start = earlier.from
      }
    }
    let end = alert.settledUntil ?? .distantPast
    alert.badWindows = Set(bad).filter { $0.from >= start && $0.to > end }.sorted { $0.to < $1.to }
  }

  /// Returns what state the alert should be in.
  private func target(
    of alert: Alert,
    by rule: Rule,
    inhibitor: String?
  ) -> (AlertState, String) {
    let latest = alert.newest
    if latest.signal == .noData {
      if alert.state == .firing { return (.firing, "\(latest.reason); the alert stays") }
      if rule.policy.noData == .fire {
        if let inhibitor { return (.pending, "\(inhibitor) fires, which explains it") }
        return (.firing, latest.reason)
      }
      return (.noData, latest.reason)
    }
    if latest.signal == .blind {
      return alert.state == .firing
        ? (.firing, "\(latest.reason); the alert stays")
        : (alert.state == .noData ? .inactive : alert.state, latest.reason)
    }
    let (holds, wanting) = holds(alert, rule.policy.hold)
    if alert.state == .firing {
      if holds { return (.firing, latest.reason) }
      guard latest.signal == .clear else {
        return (.firing, "\(latest.reason); not well enough to end the alert")
      }
      let end = (alert.lastHeld ?? alert.since).advanced(by: rule.policy.keepFiringFor)
      guard end <= now else { return (.firing, "\(latest.reason); kept firing until \(end)") }
      return (.resolved, latest.reason)
    }
    if holds, latest.signal == .bad {
      if let inhibitor { return (.pending, "\(inhibitor) fires, which explains it") }
      return (.firing, latest.reason)
    }
    if !alert.badWindows.isEmpty { return (.pending, "\(latest.reason); \(wanting)") }
    return (alert.state == .resolved ? .resolved : .inactive, latest.reason)
  }

  /// Whether verdicts have been bad for long enough, else what is wanting.
  private func holds(
    _ alert: Alert,
    _ hold: AlertPolicy.HoldCondition
  ) -> (Bool, String) {
    switch hold {
    case .windows(let needed, let all):
      let count = Self.disjoint(alert.badWindows)
      return (
        count >= needed, "\(count) of \(all) windows that do not overlap, \(needed) are needed"
      )
    case .duration(let duration):
      guard let since = alert.badSince else { return (false, "not bad now") }
      let due = since.advanced(by: duration)
      return (due <= now, "bad since \(since), fires at \(due)")
    }
  }

  /// The largest number of windows of which no two overlap; they are in order of their ends.
  static func disjoint(_ windows: [TimeRange]) -> Int {
    var count = 0
    var end = Instant.distantPast
    for window in windows where window.from >= end {
      count += 1
      end = window.to
    }
    return count
  }

  private func move(
    _ alert: inout Alert,
    to state: AlertState,
    _ reason: String
  ) -> AlertTransition? {
    let from = alert.state
    alert.reason = reason
    if state == .firing {
      if from != .firing { alert.firingSince = now }
      let isHeld = alert.newest.signal == .bad || from != .firing
      if isHeld { alert.lastHeld = now }
    }
    guard state != from else { return nil }
    if state == .resolved {
      alert.badWindows = []
      alert.resolvedAt = now
      alert.settledUntil = alert.newest.window.to
    }
    alert.state = state
    alert.since = now
    return AlertTransition(from: from, to: state, at: now, reason: reason)
  }
}
