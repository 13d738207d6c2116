// SPDX-License-Identifier: Apache-2.0
import Checks
import Postgres
import Profiles
import Settings
import SourceTables
import Store

/// What is wrong with the input of a cycle, counted.
struct InputInspection: Sendable {
  private(set) var issues: [DataIssue] = []
  /// Rows read by this cycle: the reference's, those of closed buckets, those of changed ones.
  var rowsRead = 0
  /// Features without a usable column, and why.
  var absences: [String: String] = [:]

  mutating func add(_ issue: DataIssue) { issues.append(issue) }

  private mutating func add(
    _ kind: DataIssue.Kind,
    of subject: String,
    rows: Int,
    _ message: String
  ) {
    guard rows > 0 else { return }
    add(DataIssue(kind, subject: subject, rows: rows, message: message))
  }

  /// Adds what the tables themselves show.
  mutating func add(_ counts: SourceCounts, _ source: Source) {
    issues += source.issues
    let table = source.predictions.name
    addRepeats(counts.repeats, table)
    add(.noTime, of: table, rows: counts.withoutTime, "predictions without a time were left out")
    add(
      .noID,
      of: table,
      rows: counts.withoutID,
      "predictions have no id; they count in features, and no outcome can be found for them"
    )
    add(
      .futurePrediction,
      of: table,
      rows: counts.inFuture,
      "predictions are later than now and are left out until then: is the writer's clock right?"
    )
    add(
      .orphanOutcome,
      of: source.outcomes?.name ?? "",
      rows: counts.orphans,
      "outcomes name a prediction that is not in the log; they were left out"
    )
  }

  mutating func addReplicaLag(_ table: String, replayedUntil asOf: Instant) {
    add(
      DataIssue(
        .replicaBehind,
        subject: table,
        message:
          "the replica that rows are read from had replayed up to \(asOf): checked as of then"
      )
    )
  }

  mutating func addRepeats(_ rows: Int, _ table: String) {
    add(
      .duplicatePrediction,
      of: table,
      rows: rows,
      "rows repeat the id of an earlier row; the earliest row of each id was used"
    )
  }

  /// Adds predictions of customers whom the same version has scored before in the same bucket.
  mutating func addRepeatedCustomers(_ rows: Int, _ table: String, bucket: String) {
    add(
      .repeatedCustomer,
      of: table,
      rows: rows,
      "predictions are of a customer whom the same version has scored before in the same bucket of "
        + "\(bucket); each counts, and intervals are by customer: is the job run twice?"
    )
  }

  /// Adds the closed buckets whose rows have changed.
  private mutating func addRevisions(_ revisions: [BucketRevision], _ table: String) {
    let revised = revisions.filter { $0.profiles != nil }
    let late = revised.reduce(0) { $0 + max(0, $1.digest.rows - ($1.state.rows ?? 0)) }
    add(
      .lateRows,
      of: table,
      rows: late,
      "rows came after their bucket had closed; its profile was made again. If they do so every "
        + "day, make 'lateness' longer"
    )
    let changed = revised.filter { $0.digest.rows <= $0.state.rows ?? 0 }
    guard !changed.isEmpty else { return }
    add(
      DataIssue(
        .changedRows,
        subject: table,
        rows: changed.reduce(0) { $0 + ($1.state.rows ?? 0) - $1.digest.rows },
        message: "rows of \(changed.count) closed buckets were changed or removed; the profiles "
          + "were made again. What lies further back than 'revisit' is compared by 'plumbline check "
          + "--full-sweep': run it once after a repair in place"
      )
    )
  }

  /// Adds the buckets whose labels turned out to be other ones than were counted.
  mutating func addCorrections(_ buckets: Int, _ table: String) {
    guard buckets > 0 else { return }
    add(
      DataIssue(
        .changedOutcomes,
        subject: table,
        message: "outcomes that had been counted were changed or removed, or came with a time long "
          + "past; the labels of \(buckets) buckets were counted again. What lies further back than "
          + "'revisit' is compared by 'plumbline check --full-sweep'"
      )
    )
  }

  /// Adds what a scan of new and of changed buckets shows.
  mutating func add(
    _ scanned: ScannedRows,
    revisions: [BucketRevision],
    binning: Binning,
    table: String
  ) {
    rowsRead += scanned.rows
    addScores(scanned, binning)
    addRevisions(revisions, table)
    add(
      .noJSONObject,
      of: table,
      rows: scanned.rowsWithoutObject,
      "rows hold something else than an object in the features column; their features count as "
        + "missing"
    )
  }

  /// Adds the scores that are no probabilities.
  private mutating func addScores(_ scanned: ScannedRows, _ binning: Binning) {
    let start = binning.offsets.last ?? 0
    var bins = Array(repeating: 0, count: NumericBinning.below + 1)
    var outside = 0
    for profile in scanned.profiles.values.compactMap(\.first) {
      for (offset, value) in profile.counts[start...].enumerated() {
        if offset < bins.count - 1 { bins[offset] += value }
        if offset == NumericBinning.below || offset == binning.score.above { outside += value }
      }
    }
    let infinite =
      bins[NumericBinning.negativeInfinity] + bins[NumericBinning.positiveInfinity]
    let left = "they count as predictions but not in any measure of the score"
    add(
      .nullScore,
      of: "score",
      rows: bins[NumericBinning.missing],
      "predictions have no score; \(left)"
    )
    add(.nanScore, of: "score", rows: bins[NumericBinning.notANumber], "scores are NaN; \(left)")
    add(
      .scoreOutOfRange,
      of: "score",
      rows: outside + infinite,
      "scores lie outside 0..1; \(left)"
    )
  }

  /// Adds the outcomes that could not be used.
  ///
  /// - Parameter totals: What this cycle counted.
  mutating func addLabels(_ totals: LabelProfile) {
    add(
      .contradictoryOutcome,
      of: "outcome",
      rows: totals[.contradictory],
      "predictions have outcomes of one time that disagree; they count as unlabelled"
    )
    add(
      .invalidLabel,
      of: "outcome",
      rows: totals[.invalidLabel],
      "predictions have an outcome whose label is neither 0 nor 1; it was left out"
    )
    add(
      .outcomeAfterHorizon,
      of: "outcome",
      rows: totals[.afterHorizon],
      "predictions have an outcome later than the horizon; it was left out"
    )
    add(
      .outcomeBeforePrediction,
      of: "outcome",
      rows: totals[.beforePrediction],
      "predictions have an outcome older than themselves; it was used"
    )
  }
}
