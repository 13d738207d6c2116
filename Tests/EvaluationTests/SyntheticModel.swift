// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Profiles
import Testing
import Settings

/// A model whose every day is the same, so that what a test plants is all that moves.
///
/// A day has 200 rows: 20 of each score decile g, with the score 0.05 + 0.1 g; deciles from 5 on
/// are flagged. Row k of a decile has usage k mod 10, plan A or B alternately, and lies in the
/// north for k < 10. The first g customers of decile g churn, which is known after 3½ days; that
/// the others stay is known when the horizon of 14 days has passed. So 45 of 200 churn, of whom 35
/// are flagged.
struct SyntheticModel {
  /// 2026-01-01, a Thursday.
  static let start = Instant(microseconds: 1_767_225_600_000_000)
  static let horizon = FixedDuration(days: 14)
  static let week = WindowSpec.sliding(days: 7)

  static func day(_ number: Int) -> Instant { start.advanced(by: FixedDuration(days: number)) }

  static func range(_ from: Int, _ to: Int) -> TimeRange {
    guard let range = TimeRange(from: day(from), to: day(to)) else {
      preconditionFailure("days ascend")
    }
    return range
  }

  /// A range from its ends in ISO 8601.
  static func span(_ from: String, _ to: String) throws -> TimeRange {
    let (from, to) = (try #require(Instant(from)), try #require(Instant(to)))
    return try #require(TimeRange(from: from, to: to))
  }

  static func grid(_ zone: String = "UTC") -> BucketGrid {
    guard let calendar = ZonedCalendar(identifier: zone),
      let grid = BucketGrid(bucket: "1d", calendar: calendar)
    else { preconditionFailure("\(zone) is known") }
    return grid
  }

  /// The bins: a group for each value of usage, and for each decile of the score.
  static let binning: Binning = {
    let builder = NumericBinningBuilder()
    func tenths(_ value: (Int) -> Double) -> NumericBinning {
      builder.binning(
        of: (0..<10).flatMap { Array(repeating: value($0), count: 10) },
        range: value(0)...value(9)
      )
    }
    return Binning(
      features: [
        FeatureBinning(name: "usage", kind: .numeric(tenths { Double($0) })),
        FeatureBinning(
          name: "plan",
          kind: .category(CategoryBinning(levels: ["A", "B"], rareLevels: []))
        ),
      ],
      score: tenths(score),
      segments: [SegmentBinning(column: "region", levels: ["north"])]
    )
  }()

  static func score(_ decile: Int) -> Double { Double(2 * decile + 1) / 20 }

  /// One version: when it scores, and what is wrong with it when.
  struct Version {
    var name: String
    /// The days on which it scores.
    var days: Range<Int>
    /// Days on which usage 1 to 4 is logged as 0: half of the rows.
    var shifted = 0..<0
    /// Days whose customers churn the other way round: 9 − g of decile g, so that 10 of 45 are
    /// flagged.
    var inverted = 0..<0
    /// Days on which no label arrives.
    var silent = 0..<0
    /// Rows of each decile in a day.
    var rows = 20
  }

  var versions: [Version]
  /// The moment of which the history speaks, in days.
  var now = 60
  var reference = SyntheticModel.range(0, 28)
  var rules = SyntheticModel.rules

  /// What the history's plan says.
  var plan: EvaluationPlan {
    EvaluationPlan(
      model: "m",
      windows: [Self.week],
      grid: Self.grid(),
      lateness: .zero,
      horizon: Self.horizon,
      followUp: FixedDuration(days: 7),
      falseAlertsPerMonth: 1
    )
  }

  static let rules = """
    groups:
      - name: g
        rules:
          - { alert: Drift, when: { check: psi, above: 0.1 }, severity: warning }
          - { alert: Scores, when: { check: score-psi, above: 0.1 }, severity: warning }
          - { alert: Recall, when: { check: recall, drop: 0.05 }, severity: critical }
          - { alert: Volume, when: { check: volume, change: 30% }, severity: warning }
    """

  static func rules(_ text: String) throws -> [Rule] {
    let reading = YAMLReading()
    let rules = RuleFile.rules(text: text, file: "rules.yaml", reading: reading)
    try reading.throwIfAny()
    return rules
  }
}

// MARK: Counts

extension SyntheticModel {
  /// The rows of one day of a version, as (decile, number inside the decile).
  private func rows(_ version: Version) -> [(decile: Int, number: Int)] {
    (0..<10).flatMap { decile in (0..<version.rows).map { (decile, $0) } }
  }

  private static func isInside(_ segment: String?, _ number: Int) -> Bool {
    segment == nil || (segment == "region=north") == (number < 10)
  }

  func features(_ version: Version, day: Int, segment: String?) -> FeatureProfile {
    let offsets = Self.binning.offsets
    var profile = FeatureProfile(binCount: Self.binning.binCount)
    for row in rows(version) where Self.isInside(segment, row.number) {
      var usage = row.number % 10
      if version.shifted.contains(day), usage < 5 { usage = 0 }
      profile.rows += 1
      if case .numeric(let bins) = Self.binning.features[0].kind {
        profile.counts[offsets[0] + bins.bin(of: Double(usage))] += 1
      }
      profile.counts[offsets[1] + 1 + row.number % 2] += 1
      profile.counts[offsets[2] + Self.binning.score.bin(of: Self.score(row.decile))] += 1
    }
    return profile
  }

  func labels(_ version: Version, day: Int, segment: String?, now: Instant) -> LabelProfile {
    let end = Self.day(day + 1)
    let isFinal = end.advanced(by: Self.horizon) <= now
    // Known after 3½ days: those of the last moment of the day are known when the fourth is over.
    let isKnown = end.advanced(by: FixedDuration(days: 4)) <= now
    var profile = LabelProfile(binCount: Self.binning.score.binCount)
    for row in rows(version) where Self.isInside(segment, row.number) {
      let score = Self.score(row.decile)
      let churners = version.inverted.contains(day) ? 9 - row.decile : row.decile
      let churns = row.number < churners
      let isReported = churns && isKnown && !version.silent.contains(day + 4)
      let label: Bool? = isReported ? true : isFinal ? false : nil
      profile.count(
        ScoredPrediction(
          score: score,
          bin: Self.binning.score.bin(of: score),
          isFlagged: row.decile >= 5,
          logLoss: 0.5
        ),
        label: label,
        isFinal: isFinal || isReported
      )
      profile.ages.count(
        group: row.decile,
        of: 10,
        isFlagged: row.decile >= 5,
        label: label.map { $0 ? (.positive, stratum: 3) : (.negative, LabelAge.byAbsence) },
        weight: 1
      )
    }
    return profile
  }

  /// The stored buckets of all versions, days and segments.
  func buckets(now moment: Instant) -> (
    features: [StoredBucket<FeatureProfile>], labels: [StoredBucket<LabelProfile>]
  ) {
    var features: [StoredBucket<FeatureProfile>] = []
    var labels: [StoredBucket<LabelProfile>] = []
    for version in versions {
      for day in version.days where day < now {
        for segment in [nil] + Self.binning.segmentNames {
          func bucket<Counts>(_ counts: Counts) -> StoredBucket<Counts> {
            StoredBucket(
              version: version.name,
              segment: segment,
              bucket: Self.range(day, day + 1),
              counts: counts
            )
          }
          features.append(bucket(self.features(version, day: day, segment: segment)))
          labels.append(bucket(self.labels(version, day: day, segment: segment, now: moment)))
        }
      }
    }
    return (features, labels)
  }

  /// The history as it is known now; `arrange` may reorder the buckets before they are added up.
  func history(
    arrange: ((inout [StoredBucket<FeatureProfile>], inout [StoredBucket<LabelProfile>]) -> Void)? =
      nil
  ) throws -> ModelHistory {
    let moment = Self.day(now)
    var (features, labels) = buckets(now: moment)
    arrange?(&features, &labels)
    var history = ModelHistory(
      plan,
      ModelHistory.Bins(Self.binning, number: 1, referenceRows: 5600, keptFrom: Self.start),
      references: ReferenceRanges(
        ranges: [(nil, reference)],
        reason: "stated",
        grid: Self.grid()
      ),
      asOf: moment,
      closed: moment
    )
    history.settle(ActivityIndex(features: features, labels: labels))
    history.detectDecay(
      labels,
      DecaySpecification(plan, rules: try Self.rules(rules))
    )
    history.series = ModelSeries(Self.binning, features: features, labels: labels, outcomes: [])
    return history
  }

  func evaluate(_ history: ModelHistory) throws -> [VersionEvaluation] {
    let evaluator = Evaluator(RuleEvaluator(rules: try Self.rules(rules)))
    var evaluations = evaluator.evaluate(history, history.dueWindows(since: nil))
    evaluator.advise(&evaluations, history, alerts: nil)
    return evaluations
  }
}

extension VersionEvaluation {
  /// The window that begins on a day.
  func window(from day: Int) -> WindowEvaluation? {
    windows.first { $0.range.from == SyntheticModel.day(day) }
  }
}
