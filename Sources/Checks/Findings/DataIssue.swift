// SPDX-License-Identifier: Apache-2.0

/// Something in the input that could not be used as it is, with how many rows it concerns.
package struct DataIssue: Sendable, Hashable {
  /// What is wrong; the raw value is its name in reports and in the database.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    // The tables as they are.
    case columnVanished = "column_vanished"
    case typeChanged = "type_changed"
    case newColumn = "new_column"
    case unsupportedColumn = "unsupported_column"
    case reservedName = "reserved_name"
    case notInTraining = "not_in_training"
    case noIndex = "no_index"
    case replicaBehind = "replica_behind"
    case noReference = "no_reference"
    // Rows of the prediction log.
    case noTime = "no_time"
    case noID = "no_id"
    case futurePrediction = "future_prediction"
    case duplicatePrediction = "duplicate_prediction"
    case repeatedCustomer = "repeated_customer"
    case lateRows = "late_rows"
    case changedRows = "changed_rows"
    case noJSONObject = "no_json_object"
    case nullScore = "null_score"
    case nanScore = "nan_score"
    case scoreOutOfRange = "score_out_of_range"
    case scoreNoProbability = "score_no_probability"
    case lingeringVersion = "lingering_version"
    // Outcomes.
    case orphanOutcome = "orphan_outcome"
    case changedOutcomes = "changed_outcomes"
    case contradictoryOutcome = "contradictory_outcome"
    case invalidLabel = "invalid_label"
    case outcomeAfterHorizon = "outcome_after_horizon"
    case outcomeBeforePrediction = "outcome_before_prediction"

    /// Whether a column that the model uses is not what it was: what the model computes from it is
    /// wrong until the data are fixed.
    package var breaksFeature: Bool { self == .columnVanished || self == .typeChanged }
  }

  package let kind: Kind
  /// The table or column.
  package let subject: String
  /// How many rows; 0 where rows are not what is wrong.
  package let rows: Int
  package let message: String

  package init(_ kind: Kind, subject: String, rows: Int = 0, message: String) {
    self.kind = kind
    self.subject = subject
    self.rows = rows
    self.message = message
  }
}
