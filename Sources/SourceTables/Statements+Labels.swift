// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Scan
import Settings

/// Statements that stream predictions with what was known of their outcomes.
extension Statements {
  /// Streams the predictions of a range with what was known of their outcomes at a moment.
  func labels(_ range: TimeRange, asOf: Instant, segments: [String]) async throws -> String? {
    try await labels(range, before: nil, asOf: asOf, segments)
  }

  /// Streams the predictions of a range whose label may differ between two moments, with what was
  /// known at each.
  func labelChanges(
    _ range: TimeRange,
    from before: Instant,
    to after: Instant,
    segments: [String]
  ) async throws -> String? {
    try await labels(range, before: before, asOf: after, segments)
  }

  /// Streams the rows of a range with what became of their predictions, as known at a moment.
  ///
  /// The field of the version holds the version, a separator and the entry of the confusion matrix.
  func decidedRows(
    _ range: TimeRange,
    asOf: Instant,
    labelAge: FixedDuration,
    _ layout: RowLayout
  ) async throws -> String? {
    guard var values = try await labelValues(range, before: nil, asOf: asOf, []) else { return nil }
    let predictions = source.model.predictions
    let (table, filter) = try await from(range)
    let missing = try await connection.quoted(literal: source.constantVersion)
    values["version"] = missing
    if case .column(let version) = predictions.version {
      values["version"] = "coalesce(t.\(try await name(version))::text, \(missing))"
    }
    values["source"] = table
    values["filter"] = filter
    values["time"] = try await name(predictions.time)
    values["id"] = try await name(predictions.id)
    values["from"] = try await moment(range.from)
    values["to"] = try await moment(range.to)
    values["age"] = "interval '\(labelAge.microseconds / 1_000_000) seconds'"
    values["observed"] = Self.observed(["at", "decision"], values)
    return try await rows(
      layout,
      from: Self.fill(SourceSQL.decided_rows, values),
      condition: "true"
    ) {
      _ in "plumbline_outcome"
    }
  }

  private func labels(
    _ range: TimeRange,
    before: Instant?,
    asOf: Instant,
    _ segments: [String]
  ) async throws -> String? {
    let values = try await labelValues(range, before: before, asOf: asOf, segments)
    let columns = version + ["score", "decision"] + segments.indices.map { "s\($0)" }
    return values.map { Self.labels(columns, $0) }
  }

  /// The statement that streams predictions with what was known of their outcomes.
  static func labels(_ columns: [String], _ values: [String: String]) -> String {
    let observed = observed(["at"] + columns, values)
    return fill(SourceSQL.stream_labels, values.merging(["observed": observed]) { $1 })
  }

  /// The predictions with what their outcomes said, one row each, with their `id` and some columns.
  static func observed(
    _ columns: [String],
    _ values: [String: String],
    where condition: String = "true"
  ) -> String {
    let further = [
      "observed_columns": (["id"] + columns).map { "p.\($0)" }.joined(separator: ", "),
      "observed_condition": condition,
    ]
    return fill(SourceSQL.observed_predictions, values.merging(further) { $1 })
  }

  /// The column of the version, where predictions have one.
  var version: [String] {
    if case .column = source.model.predictions.version { ["version"] } else { [] }
  }

  /// What the statements about labels are filled with; nil where there are no outcomes.
  func labelValues(
    _ range: TimeRange,
    before: Instant?,
    asOf: Instant,
    _ segments: [String],
    withEntity: Bool = false
  ) async throws -> [String: String]? {
    guard let outcomes = source.outcomes, let settings = source.model.outcomes else { return nil }
    let horizon = "interval '\(settings.horizon.microseconds / 1_000_000) seconds'"
    let key: String
    var match = "o.key = p.id"
    var reach = ""
    switch settings.key {
    case .prediction(let column): key = try await name(column)
    case .entity(let column):
      key = try await name(column)
      match = "o.key = p.entity and o.at > p.at and o.at <= p.at + \(horizon)"
      // A customer's earlier outcomes are none of these predictions'.
      let from = reading(range, before: before, settings).from
      reach = " and \(try await name(settings.time))::timestamptz > \(try await moment(from))"
    }
    var moments: [(suffix: String, moment: String)] = []
    if let before { moments.append(("_before", try await moment(before))) }
    moments.append(("_after", try await moment(asOf)))
    let absent = settings.absence == .negative ? "true" : "false"
    func each(_ template: String) -> String {
      moments.map { suffix, moment in
        Self.fill(
          template,
          [
            "suffix": suffix, "moment": moment, "horizon": horizon, "absent_is_negative": absent,
            "no_is_final": settings.isNegativeFinal ? "true" : "false",
          ]
        )
      }.joined()
    }
    let (positive, negative) = try await labelTests(settings, outcomes)
    return [
      "version_out": version.map { "k.\($0)," }.joined(),
      "states": each(SourceSQL.label_state), "known": each(SourceSQL.label_known),
      "segments_out": segments.indices.map { ", k.s\($0)" }.joined(),
      "predictions": try await predictions(
        range,
        before: before,
        asOf: asOf,
        segments: segments,
        horizon: horizon,
        withEntity: withEntity
      ),
      "outcomes": outcomes.name, "outcome_key": key,
      "outcome_time": try await name(settings.time) + "::timestamptz",
      "as_of": try await moment(asOf), "positive": positive, "negative": negative,
      "outcome_reach": reach, "match": match, "horizon": horizon,
    ]
  }

  /// Outcomes by the local day of their arrival; nil where there are none.
  func arrivals(_ range: TimeRange) async throws -> String? {
    guard let outcomes = source.outcomes, let settings = source.model.outcomes else { return nil }
    let (positive, negative) = try await labelTests(settings, outcomes)
    return Self.fill(
      SourceSQL.count_arrivals,
      [
        "outcomes": outcomes.name,
        "outcome_time": try await name(settings.time) + "::timestamptz",
        "zone": try await connection.quoted(literal: source.model.grid.calendar.identifier),
        "positive": positive, "negative": negative, "from": try await moment(range.from),
        "to": try await moment(range.to),
      ]
    )
  }

  /// The conditions under which an outcome row says churn, and no churn.
  private func labelTests(
    _ settings: OutcomeSource,
    _ outcomes: Relation
  ) async throws -> (positive: String, negative: String) {
    guard let label = settings.label else { return ("true", "false") }
    let quoted = try await name(label)
    return outcomes.column(label)?.isBoolean ?? false
      ? (quoted, "not \(quoted)") : ("\(quoted) = 1", "\(quoted) = 0")
  }
}
