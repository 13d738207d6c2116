// SPDX-License-Identifier: Apache-2.0
import Findings
import Postgres
import Profiles
import Settings
import Store
import YAMLSource

/// What is wrong with the input of a cycle, counted.
struct InputInspection: Sendable {
  private(set) var faults: [InputFault] = []
  /// Rows whose id another row has too.
  private(set) var repeats = 0
  var rowsRead = 0
  /// Features without a usable column, and why.
  var absences: [String: String] = [:]

  mutating func add(_ fault: InputFault) { faults.append(fault) }

  private mutating func add(
    _ kind: String,
    _ subject: String,
    _ rows: Int,
    _ message: String
  ) {
    guard rows > 0 else { return }
    add(InputFault(kind: kind, subject: subject, rows: rows, message: message))
  }

  /// Counts what the tables themselves show.
  static func inspect(
    _ source: Source,
    _ connection: Connection,
    now: Instant,
    asOf: Instant
  ) async throws -> InputInspection {
    var inspection = InputInspection()
    for warning in source.warnings {
      inspection.add(
        InputFault(
          kind: warning.kind,
          subject: warning.subject,
          rows: 0,
          message: warning.message
        )
      )
    }
    let counts = try await SourceCounts.read(source, connection, now: now, asOf: asOf)
    let table = source.predictions.name
    inspection.repeats = counts.repeats
    inspection.add(
      "duplicate_prediction",
      table,
      counts.repeats,
      "rows repeat the id of an earlier row; the earliest row of each id was used"
    )
    inspection.add(
      "no_time",
      table,
      counts.withoutTime,
      "predictions without a time were left out"
    )
    inspection.add(
      "no_id",
      table,
      counts.withoutID,
      "predictions have no id; they count in features, and no outcome can be found for them"
    )
    inspection.add(
      "future_prediction",
      table,
      counts.inFuture,
      "predictions are later than now and are left out until then: is the writer's clock right?"
    )
    inspection.add(
      "orphan_outcome",
      source.outcomes?.name ?? "",
      counts.orphans,
      "outcomes name a prediction that is not in the log; they were left out"
    )
    return inspection
  }

  /// Notes the scores that are no probabilities.
  mutating func noteScores(_ series: ModelSeries) {
    let binning = series.binning
    let start = binning.offsets.last ?? 0
    var cells = Array(repeating: 0, count: NumericBinning.below + 1)
    var outside = 0
    for range in series.wholeRanges {
      for (offset, value) in range.counts[start...].enumerated() {
        if offset < cells.count - 1 { cells[offset] += value }
        if offset == NumericBinning.below || offset == binning.score.above { outside += value }
      }
    }
    let infinite =
      cells[NumericBinning.negativeInfinity] + cells[NumericBinning.positiveInfinity]
    let left = "they count as predictions but not in any measure of the score"
    add("null_score", "score", cells[NumericBinning.missing], "predictions have no score; \(left)")
    add("nan_score", "score", cells[NumericBinning.notANumber], "scores are NaN; \(left)")
    add(
      "score_out_of_range",
      "score",
      outside + infinite,
      "scores lie outside 0..1; \(left)"
    )
  }

  /// Notes the outcomes that could not be used.
  mutating func noteLabels(_ series: ModelSeries) {
    let totals = series.labelTotals
    add(
      "late_rows",
      "predictions",
      series.lateRows,
      "predictions came after their bucket had closed; they are not in the profiles of features: "
        + "make 'lateness' longer"
    )
    add(
      "contradictory_outcome",
      "outcome",
      totals[.contradictory],
      "predictions have outcomes of one time that disagree; they count as unlabelled"
    )
    add(
      "invalid_label",
      "outcome",
      totals[.invalidLabel],
      "predictions have an outcome whose label is neither 0 nor 1; it was left out"
    )
    add(
      "outcome_after_horizon",
      "outcome",
      totals[.afterHorizon],
      "predictions have an outcome later than the horizon; it was left out"
    )
    add(
      "outcome_before_prediction",
      "outcome",
      totals[.beforePrediction],
      "predictions have an outcome older than themselves; it was used"
    )
  }
}

extension ModelSeries {
  /// The feature profiles of all rows, one for each version.
  var wholeRanges: [FeatureProfile] {
    versions.compactMap { series[Key(version: $0, segment: nil)]?.everything }
  }

  /// Predictions that labels were counted for and profiles were not: rows that came too late.
  var lateRows: Int {
    let start = binning.offsets.last ?? 0
    return versions.reduce(0) { sum, version in
      guard let mine = series[Key(version: version, segment: nil)] else { return sum }
      let scored = binning.score.inner.reduce(0) { $0 + mine.everything.counts[start + $1] }
      return sum + max(0, mine.allLabels.predictions - scored)
    }
  }

  /// The label profile of all rows of all versions.
  var labelTotals: LabelProfile {
    versions.reduce(into: LabelProfile(cellCount: binning.score.cellCount)) { sum, version in
      if let mine = series[Key(version: version, segment: nil)] { sum.merge(mine.allLabels) }
    }
  }
}

extension WindowSeries {
  private var always: TimeRange {
    TimeRange(from: Instant(microseconds: .min), to: Instant(microseconds: .max))
      ?? { preconditionFailure("the least moment is before the greatest") }()
  }

  var everything: FeatureProfile { features(in: always) }
  var allLabels: LabelProfile { labels(in: always) }
}
