// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Scan
import SourceTables
import Statistics

/// What a log teaches of the settings that suit it.
struct LogFacts {
  /// Where labels are final, and which share of the churners becomes known later.
  struct Horizon {
    let days: Int
    let later: Double
  }

  /// Where a score becomes a flag, and which share of the predictions churned.
  struct Threshold {
    let value: Double
    let churned: Double
  }

  /// Nil where too few churners are known.
  let horizon: Horizon?
  /// Nil where too little is known, or scores are no probabilities.
  let threshold: Threshold?
  let windows: [String]
  /// Why these windows, where it is worth a word.
  let windowNote: String?
  /// Why scores can be no probabilities; nil where they can.
  let scoreReason: String?
  /// By feature, a value that looks like a code for "not known".
  let codes: [(feature: String, found: IsolatedValueRecognition.Found)]

  /// Churners that show the tolerated fall of AUC with 80 % power, where it is about 0.75.
  ///
  /// By (z₀.₉₅ + z₀.₈₀)² (A / (2 − A) − A²) / 0.03² (J. Hanley and B. McNeil, Radiology 143, 1982).
  static let enoughChurners = 260.0
  /// Churners from whose ages a horizon is learnt, and from which a threshold.
  private static let (fewestAges, fewestChurners) = (100, 20)
  /// Predictions a day that make windows of a day.
  private static let dailyRows = 100.0

  /// Learns from a sample.
  ///
  /// - Parameters:
  ///   - sample: Predictions and outcomes; nil where they cannot be matched by prediction.
  ///   - scanned: Rows of the predictions.
  ///   - saysNo: Whether outcomes also say no, so that no outcome can be left unknown.
  ///   - scoreColumn: The name of the score's column.
  init(
    _ sample: LabelSample?,
    scanned: ReferenceScanner,
    saysNo: Bool,
    scoreColumn: String
  ) {
    codes = scanned.isolatedValues()
    scoreReason = scanned.scoreReason(column: scoreColumn)
    horizon = sample.flatMap { Self.horizon($0, share: saysNo ? 0.95 : 0.99) }
    let times = sample?.rows.map(\.time) ?? []
    let days = Set(times.map { Int(($0 / 86_400).rounded(.down)) })
    let span = Double((days.max() ?? 0) - (days.min() ?? 0) + 1)
    let daily = Double(days.count) / span
    let perDay = Double(sample?.total ?? 0) / span
    var threshold: Threshold?
    if let sample, let horizon, scoreReason == nil {
      threshold = Self.threshold(sample, horizon: horizon.days)
    }
    self.threshold = threshold
    guard let sample, sample.rows.count >= 100, span >= 28 else {
      (windows, windowNote) = (["7d", "28d", "1mo"], nil)
      return
    }
    var windows =
      daily < 0.3 ? ["1mo"] : perDay >= Self.dailyRows ? ["1d", "7d", "28d"] : ["7d", "28d"]
    var note: String?
    if let threshold {
      let churners = threshold.churned * perDay * 28
      if churners < Self.enoughChurners, span >= 182 {
        windows.append("91d")
        note =
          "about \(NumberText.grouped(Int(churners))) churners a month do not show a fall of AUC by 0.03"
      }
    }
    (self.windows, windowNote) = (windows, note)
  }

  /// The age by which a share of the churners are known, however young the newest predictions are.
  private static func horizon(_ sample: LabelSample, share: Double) -> Horizon? {
    guard let days = sample.arrivalDays else { return nil }
    // Of predictions before the first outcome that was read the early ones are missing.
    let known = sample.arrivals.filter { $0.day >= days.lowerBound || !sample.isCut }
    let cohorts = Dictionary(grouping: known, by: \.day).compactMap { day, arrivals -> Cohort? in
      var ages = LabelAges.zero
      for arrival in arrivals {
        ages.count(
          group: 0,
          of: 1,
          isFlagged: nil,
          label: (.positive, LabelAge.stratum(seconds: Double(arrival.age) * 86_400)),
          weight: Int32(clamping: arrival.churners)
        )
      }
      let from = Instant(microseconds: Int64(day) * FixedDuration.day.microseconds)
      return TimeRange(from: from, to: from.advanced(by: .day)).map {
        Cohort(range: $0, ages: ages)
      }
    }
    let end = Int64(days.upperBound + 1) * FixedDuration.day.microseconds
    let oldest = FixedDuration(days: LabelAge.uppers.last ?? 730)
    let curve = ArrivalCurve(
      cohorts,
      nil,
      horizon: oldest,
      knownBy: Instant(microseconds: end)
    )
    guard known.reduce(0, { $0 + $1.churners }) >= fewestAges,
      let stratum = curve.known.firstIndex(where: { $0 >= share })
    else { return nil }
    // A stratum may end later than the last label that ever came in it.
    let latest = known.map(\.age).max() ?? LabelAge.uppers[stratum]
    return Horizon(
      days: min(LabelAge.uppers[stratum], latest),
      later: 1 - curve.known[stratum]
    )
  }

  /// The score above which as many lie as churned.
  private static func threshold(_ sample: LabelSample, horizon: Int) -> Threshold? {
    guard let last = sample.arrivalDays?.upperBound else { return nil }
    let mature = sample.rows.filter { $0.time < Double(last + 1 - horizon) * 86_400 }
    let churners = mature.count(where: \.isPositive)
    guard churners >= fewestChurners, churners < mature.count else { return nil }
    let scores = mature.map(\.score).sorted(by: >)
    let value = Double(String(format: "%.3g", scores[churners - 1])) ?? scores[churners - 1]
    guard value > 0, value < 1 else { return nil }
    return Threshold(value: value, churned: Double(churners) / Double(mature.count))
  }
}
