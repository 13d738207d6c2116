// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Settings
import YAMLSource

/// Statements that tell treated customers from others.
extension Statements {
  /// Streams the predictions of a range with what was known of their outcomes at a moment; the field of the
  /// version holds the version, the customer's arm and the stratum.
  func armedLabels(_ range: TimeRange, asOf: Instant) async throws -> String? {
    guard let treatment = source.model.treatment, let relation = source.assignments,
      var values = try await labelValues(range, before: nil, asOf: asOf, [], withEntity: true)
    else { return nil }
    values["predictions"] = try await armed(
      values,
      treatment,
      relation,
      asOf: asOf
    )
    values["version_out"] = "k.version,"
    values["version_group"] = "p.version,"
    return Self.fill(SQL.stream_labels, values)
  }

  /// Predictions whose version tells the customer's arm and stratum too.
  ///
  /// - `values`: What statements about labels are filled with.
  /// - `segments`: Columns that it is to have too.
  func armed(
    _ values: [String: String],
    _ treatment: Treatment,
    _ relation: Relation,
    asOf: Instant,
    _ segments: [String] = []
  ) async throws -> String {
    let assignments = treatment.assignments
    let missing = try await connection.quoted(literal: source.constantVersion)
    var stratum = "''"
    if let column = assignments.stratum { stratum = try await name(column.value) + "::text" }
    var version = missing
    if case .column = source.model.predictions.version {
      version = "coalesce(q.version, \(missing))"
    }
    return Self.fill(
      SQL.armed_predictions,
      [
        "version": version, "predictions": values["predictions"] ?? "",
        "segments": segments.indices.map { ", q.s\($0)" }.joined(),
        "control": try await connection.quoted(literal: assignments.control),
        "unit": try await name(assignments.unit.value),
        "arm": try await name(assignments.arm.value),
        "assigned_at": try await name(assignments.time.value), "stratum": stratum,
        "assignments": relation.name,
        "condition": assignments.condition.map { "(\($0.value))" } ?? "true",
        "lasting": "interval '\(treatment.lasting.microseconds / 1_000_000) seconds'",
        "horizon": values["horizon"] ?? "", "as_of": values["as_of"] ?? "",
      ]
    )
  }
}
