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
  /// Rows read by this cycle: the reference's, those of closed buckets, those of changed ones.
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

  /// Notes what the tables themselves show.
  mutating func note(_ counts: SourceCounts, _ source: Source) {
    for warning in source.warnings {
      add(
        InputFault(
          kind: warning.kind,
          subject: warning.subject,
          rows: 0,
          message: warning.message
        )
      )
    }
    let table = source.predictions.name
    noteRepeats(counts.repeats, table)
    add("no_time", table, counts.withoutTime, "predictions without a time were left out")
    add(
      "no_id",
      table,
      counts.withoutID,
      "predictions have no id; they count in features, and no outcome can be found for them"
    )
    add(
      "future_prediction",
      table,
      counts.inFuture,
      "predictions are later than now and are left out until then: is the writer's clock right?"
    )
    add(
      "orphan_outcome",
      source.outcomes?.name ?? "",
      counts.orphans,
      "outcomes name a prediction that is not in the log; they were left out"
    )
  }

  mutating func noteRepeats(_ rows: Int, _ table: String) {
    add(
      "duplicate_prediction",
      table,
      rows,
      "rows repeat the id of an earlier row; the earliest row of each id was used"
    )
  }

  /// Notes predictions of customers whom the same version has scored before in the same bucket.
  mutating func noteRepeatedCustomers(_ rows: Int, _ table: String, bucket: String) {
    add(
      "repeated_customer",
      table,
      rows,
      "predictions are of a customer whom the same version has scored before in the same bucket of \(bucket); each "
        + "counts, and intervals are by customer: is the job run twice?"
    )
  }

  /// Notes the closed buckets whose rows have changed.
  mutating func noteRevisions(_ revisions: [BucketRevision], _ table: String) {
    let revised = revisions.filter { $0.profiles != nil }
    let late = revised.reduce(0) { $0 + max(0, $1.digest.rows - ($1.state.rows ?? 0)) }
    add(
      "late_rows",
      table,
      late,
      "rows came after their bucket had closed; its profile was made anew. If they do so every "
        + "day, make 'lateness' longer"
    )
    let changed = revised.filter { $0.digest.rows <= $0.state.rows ?? 0 }
    guard !changed.isEmpty else { return }
    add(
      InputFault(
        kind: "changed_rows",
        subject: table,
        rows: changed.reduce(0) { $0 + ($1.state.rows ?? 0) - $1.digest.rows },
        message: "rows of \(changed.count) closed buckets were changed or removed; the profiles "
          + "were made anew"
      )
    )
  }

  /// Notes the buckets whose labels turned out to be other ones than were counted.
  mutating func noteCorrections(_ buckets: Int, _ table: String) {
    guard buckets > 0 else { return }
    add(
      InputFault(
        kind: "changed_outcomes",
        subject: table,
        rows: 0,
        message: "outcomes that had been counted were changed or removed, or came with a time long "
          + "past; the labels of \(buckets) buckets were counted anew"
      )
    )
  }

  /// Notes the scores that are no probabilities.
  mutating func noteScores(_ scanned: ScannedRows, _ binning: Binning) {
    let start = binning.offsets.last ?? 0
    var cells = Array(repeating: 0, count: NumericBinning.below + 1)
    var outside = 0
    for profile in scanned.profiles.values.compactMap(\.first) {
      for (offset, value) in profile.counts[start...].enumerated() {
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
  ///
  /// - `totals`: What this cycle counted.
  mutating func noteLabels(_ totals: LabelProfile) {
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
