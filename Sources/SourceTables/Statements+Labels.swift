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

  /// The buckets of a range whose rows must be read as a whole, to rank them or to leave out
  /// repeats: those that a label since `before` can reach.
  ///
  /// Outcomes by prediction are read however late they arrive, to count those that arrive too late;
  /// a ranking leaves those out.
  private func reading(
    _ range: TimeRange,
    before: Instant?,
    _ settings: OutcomeSource
  ) -> TimeRange {
    var isReached = isRanked
    if case .entity = settings.key { isReached = true }
    guard let before, isReached else { return range }
    let reach = source.model.grid.lastEdge(atOrBefore: before.advanced(by: -settings.horizon))
    return TimeRange(from: min(max(range.from, reach), range.to), to: range.to) ?? range
  }

  /// Whether decisions depend on the other rows of a bucket.
  private var isRanked: Bool {
    if case .top = source.model.decision { true } else { false }
  }

  /// The predictions of a range: all, or those whose label may have changed since `before`.
  private func predictions(
    _ range: TimeRange,
    before: Instant?,
    asOf: Instant,
    segments: [String],
    horizon: String,
    withEntity: Bool
  ) async throws -> String {
    guard let settings = source.model.outcomes else { return "" }
    let time = try await name(source.model.predictions.time)
    let score = try await name(source.model.predictions.score)
    let reading = reading(range, before: before, settings)
    var (table, filter) = try await from(reading)
    var decision = try await decision()
    if isRanked {
      // Who is among the highest depends on the whole bucket, so buckets are ranked before rows
      // are picked.
      table = Self.fill(
        SourceSQL.source_ranked,
        [
          "decision": decision, "source": table, "time": time, "score": score, "filter": filter,
          "from": try await moment(reading.from), "to": try await moment(range.to),
        ]
      )
      (decision, filter) = ("plumbline_decision", "")
    }
    let columns = try await predictionColumns(
      decision: decision,
      segments: segments,
      withEntity: withEntity
    )
    var values = [
      "columns": columns, "source": table, "time": time, "score": score,
      "filter": filter, "from": try await moment(range.from), "to": try await moment(range.to),
    ]
    guard let before else { return Self.fill(SourceSQL.label_rows, values) }
    values["before"] = try await moment(before)
    values["as_of"] = try await moment(asOf)
    values["horizon"] = horizon
    values["in_reach"] = ""
    // What is ranked or without repeats is made once; a table is read through its indexes.
    values["materialized"] = dropsRepeats || isRanked ? "materialized" : "not materialized"
    switch settings.key {
    case .prediction(let column):
      values["outcome_key"] = try await name(column)
      values["key"] = try await name(source.model.predictions.id)
    case .entity(let column):
      values["outcome_key"] = try await name(column)
      values["key"] = try await name(source.model.predictions.entity ?? "")
      values["in_reach"] =
        " and plumbline_time >= \(try await moment(before)) - \(horizon) and plumbline_time < "
        + (try await moment(asOf))
    }
    values["outcomes"] = source.outcomes?.name
    values["outcome_time"] = try await name(settings.time)
    return Self.fill(SourceSQL.label_rows_touched, values)
  }

  /// The columns of predictions that labels are counted by.
  private func predictionColumns(
    decision: String,
    segments: [String],
    withEntity: Bool
  ) async throws -> String {
    let predictions = source.model.predictions
    var columns = [
      try await name(predictions.id) + " as id",
      try await name(predictions.time) + "::timestamptz as at",
    ]
    if case .column(let version) = predictions.version {
      columns.append(try await name(version) + "::text as version")
    }
    columns += [
      try await name(predictions.score) + "::float8 as score", "(\(decision))::boolean as decision",
    ]
    switch source.model.outcomes?.key {
    case .entity?: columns.append(try await name(predictions.entity ?? "") + " as entity")
    case .prediction? where withEntity:
      // Without customers each prediction stands for itself.
      columns.append(try await name(predictions.entity ?? predictions.id) + " as entity")
    case .prediction?, nil: break
    }
    for (index, segment) in segments.enumerated() {
      columns.append("\(try await name(segment))::text as s\(index)")
    }
    return columns.joined(separator: ", ")
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

  /// The SQL of a decision.
  private func decision() async throws -> String {
    let predictions = source.model.predictions
    let score = try await name(predictions.score) + "::float8"
    let time = try await name(predictions.time) + "::timestamptz"
    // A threshold means the nearest number that the column can hold: 0.7 of a real is not 0.7.
    let literalType = source.hasRealScore ? "float4::float8" : "float8"
    switch source.model.decision {
    case .thresholds(let dated):
      var cases = ""
      for (from, value) in dated.reversed() {
        let test = "\(score) >= '\(value)'::\(literalType)"
        guard let from else {
          return cases.isEmpty ? test : "case \(cases)else \(test) end"
        }
        cases += "when \(time) >= \(try await moment(from)) then \(test) "
      }
      return "case \(cases)end"
    case .column(let column):
      let quoted = try await name(column)
      return source.predictions.column(column)?.isBoolean ?? false
        ? quoted : "\(quoted) = 1"
    case .top(let share):
      let grid = source.model.grid
      let zone = try await connection.quoted(literal: grid.calendar.identifier)
      let local = "(\(time) at time zone \(zone))"
      let seconds = 86_400 / grid.bucketsPerDay
      var group = "\(local)::date, floor(extract(epoch from \(local)::time) / \(seconds))"
      // An hour that the clock shows twice is two buckets.
      if seconds == 3600 { group += ", \(local) - (\(time) at time zone 'UTC')" }
      if case .column(let version) = predictions.version {
        group += ", " + (try await name(version))
      }
      let id = try await name(predictions.id)
      return "row_number() over (partition by \(group) order by \(score) desc, \(id)) <= "
        + "ceil('\(share)'::numeric * count(*) over (partition by \(group)))"
    }
  }
}
