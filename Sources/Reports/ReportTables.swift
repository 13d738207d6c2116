// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles

/// What the reports for people say, whatever their format: which windows, which figures, in which
/// order.
struct ReportTables {
  let model: ModelReport

  /// The checks of performance in the order of the columns.
  static let performance: [CheckName] = [
    .prevalence, .recall, .precision, .auc, .calibrationLevel, .ece,
  ]

  /// Windows that are listed at most, the newest; JSON has them all.
  static let windowLimit = 24

  /// The windows by kind, the newest last, in the order of first appearance.
  var groups: [(kind: WindowSpec, windows: [WindowEvaluation], hidden: Int)] {
    var kinds: [WindowSpec] = []
    for window in model.windows where !kinds.contains(window.kind) { kinds.append(window.kind) }
    return kinds.map { kind in
      let all = Self.apart(model.windows.filter { $0.kind == kind })
      let shown = Array(all.suffix(Self.windowLimit))
      return (kind, shown, all.count - shown.count)
    }
  }

  /// Sliding windows that overlap say the same twice: people are shown those that do not, counted
  /// back from the newest.
  static func apart(_ windows: [WindowEvaluation]) -> [WindowEvaluation] {
    var kept: [WindowEvaluation] = []
    for window in windows.reversed() where !(kept.last?.range.overlaps(window.range) ?? false) {
      kept.append(window)
    }
    return kept.reversed()
  }

  /// One check on one subject that asked for action, over all windows in which it did.
  struct Episode {
    /// The windows, oldest first.
    var windows: [WindowEvaluation]
    /// The newest finding among the most severe.
    var newest: Finding
    /// The highest severity of them.
    var severity: Severity

    /// `2016-09`, or `2016-09 … 2017-01, 4 windows`.
    var when: String {
      guard let first = windows.first, let last = windows.last, windows.count > 1 else {
        return windows.first.map(ReportTables.name) ?? ""
      }
      return "\(ReportTables.name(first)) … \(ReportTables.name(last)), \(windows.count) windows"
    }
  }

  /// What asks for action: the most severe first, then the newest.
  func episodes(in windows: [WindowEvaluation]) -> [Episode] {
    var episodes: [String: Episode] = [:]
    for window in windows {
      for finding in window.findings where finding.verdict.isBad {
        let reading = finding.reading
        let key = "\(reading.check.rawValue)|\(reading.subject)|\(reading.segment ?? "")"
        let severity = finding.severity ?? .info
        var episode =
          episodes[key] ?? Episode(windows: [], newest: finding, severity: severity)
        episode.windows.append(window)
        if severity >= episode.severity { episode.newest = finding }
        episode.severity = max(episode.severity, severity)
        episodes[key] = episode
      }
    }
    func order(_ item: (key: String, value: Episode)) -> (Severity, Instant, String) {
      let last = item.value.windows.last?.range.from ?? Instant(microseconds: 0)
      return (item.value.severity, last, item.key)
    }
    return episodes.sorted { order($0) > order($1) }.map(\.value)
  }

  /// The features in order of their largest PSI over some windows.
  func drifting(in windows: [WindowEvaluation], limit: Int) -> [String] {
    let largest = model.features.compactMap { feature -> (String, Double)? in
      windows.compactMap { $0.finding(.psi, feature.name)?.reading.value }.max()
        .map { (feature.name, $0) }
    }
    return largest.sorted { $0.1 > $1.1 }.prefix(limit).map(\.0)
  }

  /// `2016-09`, `2016-09-05`, or `2016-09-05 to 2016-09-12` for a window in its own calendar.
  static func name(_ window: WindowEvaluation) -> String {
    let first = window.days.first.description
    switch window.kind {
    case .month: return String(first.prefix(7))
    case .week: return "week of \(first)"
    case .sliding: return "\(first) to \(window.days.last)"
    }
  }

  /// A figure with the mark of its verdict.
  static func figure(_ finding: Finding?) -> String {
    guard let finding, let value = finding.reading.value else { return "-" }
    return NumberText.text(value) + mark(finding.verdict)
  }

  /// `!` for bad verdicts, `?` where the data could not answer.
  static func mark(_ verdict: Verdict) -> String {
    if verdict.isBad { return "!" }
    return verdict.cannotJudge ? "?" : ""
  }

  /// What the labels of a window allow to say.
  static func maturity(_ window: WindowEvaluation) -> String {
    guard window.findings.contains(where: { performance.contains($0.reading.check) }) else {
      return "-"
    }
    if window.isMature { return "mature" }
    guard window.rows > 0 else { return "no rows" }
    return "\(100 * window.labelled / window.rows) % known"
  }

  static func range(_ range: TimeRange) -> String {
    func day(_ instant: Instant) -> Substring {
      // Noon of a local day is on that day in UTC too, but for the far side of the date line.
      Instant(microseconds: instant.microseconds + 43_200_000_000).description.prefix(10)
    }
    return "\(day(range.from)) to \(day(range.to))"
  }
}
