// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Settings

/// The predictions whose labels are counted, with what was decided of them.
extension Statements {
  /// The buckets of a range whose rows must be read as a whole, to rank them or to leave out
  /// repeats: those that a label since `before` can reach.
  ///
  /// Outcomes by prediction are read however late they arrive, to count those that arrive too late;
  /// a ranking leaves those out.
  func reading(
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
  func predictions(
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
