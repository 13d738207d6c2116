// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Settings

/// Statements that distinguish treated customers from others.
extension Statements {
  /// Streams the predictions of a range with what was known of their outcomes at a moment; the
  /// field of the version holds the version, the customer's arm and the stratum.
  func armedLabels(_ range: TimeRange, asOf: Instant) async throws -> String? {
    guard let treatment = source.model.treatment, let relation = source.assignments,
      var values = try await labelValues(range, before: nil, asOf: asOf, [], withEntity: true)
    else { return nil }
    values["predictions"] = try await armed(
      values,
      treatment,
      in: relation,
      asOf: asOf
    )
    values["version_out"] = "k.version,"
    try await joinByHash()
    return Self.labels(["version", "score", "decision"], values)
  }

  /// Predictions whose version holds the customer's arm and stratum too.
  ///
  /// `values` is what statements about labels are filled with, `segments` names columns that it is
  /// to have too.
  func armed(
    _ values: [String: String],
    _ treatment: Treatment,
    in relation: Relation,
    asOf: Instant,
    segments: [String] = []
  ) async throws -> String {
    let assignments = treatment.assignments
    let missing = try await connection.quoted(literal: source.constantVersion)
    var stratum = "''"
    if let column = assignments.stratum { stratum = try await name(column) + "::text" }
    var version = missing
    if case .column = source.model.predictions.version {
      version = "coalesce(q.version, \(missing))"
    }
    return Self.fill(
      SourceSQL.predictions_with_arms,
      [
        "version": version, "version_group": self.version.map { ", q.\($0)" }.joined(),
        "predictions": values["predictions"] ?? "",
        "segments": segments.indices.map { ", q.s\($0)" }.joined(),
        "control": try await connection.quoted(literal: assignments.control),
        "unit": try await name(assignments.unit),
        "arm": try await name(assignments.arm),
        "assigned_at": try await name(assignments.time), "stratum": stratum,
        "assignments": relation.name,
        "condition": assignments.condition.map { "(\($0))" } ?? "true",
        "lasting": "interval '\(treatment.lasting.microseconds / 1_000_000) seconds'",
        "horizon": values["horizon"] ?? "", "as_of": values["as_of"] ?? "",
      ]
    )
  }
}
