// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Reports
import SourceTables

/// What a check found, for the steps that follow it and for its reports.
struct CheckOutcome: Sendable {
  let source: Source
  /// The model's number.
  let number: Int
  let asOf: Instant
  /// Nil where nothing could be counted.
  var history: ModelHistory?
  var evaluations: [VersionEvaluation]
  let issues: [DataIssue]
  var features: [FeatureNote] = []
  /// Whether alerts were brought up to date; else nothing follows from the check.
  var hasMovedAlerts = false
}
