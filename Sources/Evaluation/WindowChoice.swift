// SPDX-License-Identifier: Apache-2.0
import Checks
package import Profiles

/// One window of one version that is to be evaluated.
package struct WindowChoice: Sendable, Hashable {
  package let kind: WindowSpec
  package let range: TimeRange
  package let version: String

  package init(kind: WindowSpec, range: TimeRange, version: String) {
    self.kind = kind
    self.range = range
    self.version = version
  }
}

extension ModelHistory {
  /// The windows that a check evaluates: the newest of each kind, those whose labels have matured
  /// since the last check, and in any case the newest one whose labels are mature.
  ///
  /// - Parameter previous: The moment of the last check; nil for the first.
  /// - Returns: By kind, then by version in order of name, then oldest first.
  /// - Complexity: O(windows · buckets).
  package func dueWindows(since previous: Instant?) -> [WindowChoice] {
    plan.windows.flatMap { kind -> [WindowChoice] in
      guard let last = plan.grid.lastWindow(kind, endingBy: closed), last.from >= bins.keptFrom
      else { return [] }
      let active = activity.versions(in: last)
      // A version that was replaced still has labels to come.
      return activity.versions.flatMap { version -> [WindowChoice] in
        let matured = maturedWindows(kind, before: last, since: previous, version: version)
        let ranges = matured + (active.contains(version) ? [last] : [])
        return ranges.map { WindowChoice(kind: kind, range: $0, version: version) }
      }
    }
  }

  /// Every window inside a range, of the versions that have rows in it.
  ///
  /// The counts of the range must have been loaded.
  ///
  /// - Complexity: O(windows · versions · buckets).
  package func windows(inside range: TimeRange) -> [WindowChoice] {
    plan.windows.flatMap { kind in
      plan.grid.windows(kind, inside: range).flatMap { window in
        series.versions(in: window).map {
          WindowChoice(kind: kind, range: window, version: $0)
        }
      }
    }
  }

  /// The ranges whose counts an evaluation of some windows reads: the windows, and what they are
  /// compared with.
  ///
  /// - Parameter windows: In any order.
  /// - Returns: In order of time, with ranges that overlap or touch as one.
  package func comparedRanges(_ windows: [WindowChoice]) -> [TimeRange] {
    let compared = windows.flatMap { window in
      references.slice(window.kind, window.range, version: window.version).ranges + [window.range]
    }
    let versions = Set(windows.map(\.version))
    return (compared + references.all + versions.flatMap(adviceRanges)).joined
  }

  /// The predictions by which advice tells a lost order from scores that lost their meaning, and a
  /// new version from the one before: since the alarms that last, and since a version took over.
  private func adviceRanges(_ version: String) -> [TimeRange] {
    let decay = decays[version]?.state
    var moments = [decay?.recall.current?.since, decay?.calibration.current?.since]
    let starts = activity.starts
    if let start = starts[version], starts.values.contains(where: { $0 < start }),
      closed <= start.advanced(by: FixedDuration(days: AdviceEvidence.trialDays))
    {
      moments.append(start.advanced(by: -FixedDuration(days: AdviceEvidence.comparedDays)))
    }
    return moments.compactMap { moment in
      moment.flatMap { TimeRange(from: max($0, bins.keptFrom), to: closed) }
    }
  }

  /// Windows before the newest one whose labels have matured since the last check, oldest first;
  /// where there are none, the newest mature one.
  private func maturedWindows(
    _ kind: WindowSpec,
    before last: TimeRange,
    since previous: Instant?,
    version: String
  ) -> [TimeRange] {
    guard let horizon = plan.horizon,
      let past = TimeRange(from: bins.keptFrom, to: last.to)
    else { return [] }
    let windows = plan.grid.windows(kind, inside: past).filter { $0 != last }
    let recent = windows.filter { window in
      let due = window.to.advanced(by: horizon)
      return previous.map { $0 < due && due <= asOf } ?? false
    }
    let matured = recent.filter { activity.isMature($0, version) }
    guard matured.isEmpty, activity.versions(in: last).contains(version) else { return matured }
    return windows.last { activity.isMature($0, version) }.map { [$0] } ?? []
  }
}
