// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Scan
import Settings
import YAMLSource

/// Makes the statements that read a customer's tables, from the templates in `sql/templates`.
///
/// `COPY` takes no parameters: names and values are quoted by libpq. The `where` condition is the
/// user's own SQL.
struct Statements {
  let source: Source
  let connection: Connection
  /// Whether repeated ids are left out, which costs a sort of the table.
  let dropsRepeats: Bool

  private func name(_ text: String) async throws -> String {
    try await connection.quoted(identifier: text)
  }

  private func moment(_ instant: Instant) async throws -> String {
    try await connection.quoted(literal: instant.description) + "::timestamptz"
  }

  /// Replaces `:name` placeholders; a longer name is never taken for a shorter one.
  static func fill(_ template: String, _ values: [String: String]) -> String {
    var text = ""
    var rest = Substring(template)
    while let colon = rest.firstIndex(of: ":") {
      text += rest[..<colon]
      rest = rest[rest.index(after: colon)...]
      // A double colon is a cast.
      if rest.first == ":" {
        text += "::"
        rest = rest.dropFirst()
        continue
      }
      let word = rest.prefix { $0.isLetter || $0 == "_" }
      text += values[String(word)] ?? ":\(word)"
      rest = rest.dropFirst(word.count)
    }
    return text + rest
  }

  /// The rows to read: the table, or the table without repeated ids.
  private func from() async throws -> (source: String, filter: String) {
    let condition = source.model.predictions.condition?.value
    guard dropsRepeats else {
      return (source.predictions.name, condition.map { " and (\($0))" } ?? "")
    }
    let values = [
      "id": try await name(source.model.predictions.id.value),
      "time": try await name(source.model.predictions.time.value),
      "table": source.predictions.name, "condition": condition.map { "(\($0))" } ?? "true",
    ]
    return (Self.fill(SQL.source_once, values), "")
  }

  /// Streams rows of a range in a layout's order.
  func rows(_ range: TimeRange, _ layout: RowLayout, part: String = "") async throws -> String {
    let model = source.model
    var columns = [try await name(model.predictions.time.value) + "::timestamptz"]
    if case .column(let version) = model.predictions.version {
      columns.append(try await name(version.value) + "::text")
    }
    columns.append(try await name(model.predictions.score.value))
    for segment in layout.segments { columns.append(try await name(segment) + "::text") }
    if case .json(let column) = model.features {
      columns.append(try await name(column.value) + "::jsonb")
    }
    for feature in layout.features {
      let quoted = try await name(feature.name)
      columns.append(source.predictions.column(feature.name)?.expression(quoted) ?? quoted)
    }
    if layout.hasIdentifier {
      columns.append(try await name(model.predictions.id.value) + "::text")
    }
    let (table, filter) = try await from()
    return Self.fill(
      SQL.stream_rows,
      [
        "columns": columns.joined(separator: ", "), "source": table,
        "time": try await name(model.predictions.time.value),
        "from": try await moment(range.from), "to": try await moment(range.to),
        "filter": filter + part,
      ]
    )
  }

  /// Streams predictions of a range with what was known of their outcomes at a moment.
  func labels(_ range: TimeRange, asOf: Instant, segments: [String]) async throws -> String? {
    guard let outcomes = source.outcomes, let settings = source.model.outcomes else { return nil }
    let predictions = source.model.predictions
    let (table, filter) = try await from()
    let horizon = "interval '\(settings.horizon.microseconds / 1_000_000) seconds'"
    let key: String
    let match: String
    let keyIn: String
    switch settings.key {
    case .prediction(let column):
      key = try await name(column.value)
      (match, keyIn) = ("o.key = p.id", "")
    case .entity(let column):
      key = try await name(column.value)
      match = "o.key = p.entity and o.at > p.at and o.at <= p.at + \(horizon)"
      keyIn = ", " + (try await name(predictions.entity?.value ?? "")) + " as entity"
    }
    var version = ("", "", "")
    if case .column(let column) = predictions.version {
      let quoted = try await name(column.value)
      version = ("\(quoted)::text as version,", "p.version,", "p.version,")
    }
    var segmentsIn = ""
    for (index, segment) in segments.enumerated() {
      segmentsIn += ", \(try await name(segment))::text as s\(index)"
    }
    let segmentsOut = segments.indices.map { ", p.s\($0)" }.joined()
    let (positive, negative) = try await labelTests(settings, outcomes)
    return Self.fill(
      SQL.stream_labels,
      [
        "version_in": version.0, "version_out": version.1, "version_group": version.2,
        "id": try await name(predictions.id.value),
        "time": try await name(predictions.time.value) + "::timestamptz",
        "score": try await name(predictions.score.value), "decision": try await decision(),
        "key_in": keyIn, "segments_in": segmentsIn, "segments_out": segmentsOut,
        "segments_group": segmentsOut, "source": table, "filter": filter,
        "from": try await moment(range.from), "to": try await moment(range.to),
        "as_of": try await moment(asOf), "horizon": horizon, "outcomes": outcomes.name,
        "outcome_key": key, "outcome_time": try await name(settings.time.value) + "::timestamptz",
        "positive": positive, "negative": negative, "match": match,
        "in_time": "o.at <= p.at + \(horizon)",
        "absent_is_negative": settings.absence == .negative ? "true" : "false",
      ]
    )
  }

  /// The conditions under which an outcome row says churn, and no churn.
  private func labelTests(
    _ settings: OutcomeSource,
    _ outcomes: Relation
  ) async throws -> (positive: String, negative: String) {
    guard let label = settings.label else { return ("true", "false") }
    let quoted = try await name(label.value)
    return outcomes.column(label.value)?.isBoolean ?? false
      ? (quoted, "not \(quoted)") : ("\(quoted) = 1", "\(quoted) = 0")
  }

  /// The SQL of a decision.
  private func decision() async throws -> String {
    let predictions = source.model.predictions
    let score = try await name(predictions.score.value) + "::float8"
    let time = try await name(predictions.time.value) + "::timestamptz"
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
      let quoted = try await name(column.value)
      return source.predictions.column(column.value)?.isBoolean ?? false
        ? quoted : "\(quoted) = 1"
    case .top(let share):
      let zone = try await connection.quoted(literal: source.model.grid.calendar.identifier)
      let local = "(\(time) at time zone \(zone))::date"
      let seconds = 86_400 / source.model.grid.bucketsPerDay
      let part =
        "least(\(source.model.grid.bucketsPerDay - 1), floor(extract(epoch from \(time) - (\(local)::timestamp at time zone \(zone))) / "
        + "\(seconds)))"
      var group = "\(local), \(part)"
      if case .column(let version) = predictions.version {
        group += ", " + (try await name(version.value))
      }
      let id = try await name(predictions.id.value)
      return "row_number() over (partition by \(group) order by \(score) desc, \(id)) <= "
        + "ceil('\(share)'::numeric * count(*) over (partition by \(group)))"
    }
  }

  /// A statement that counts something odd; placeholders as the templates have them.
  func count(_ template: String) async throws -> String {
    let predictions = source.model.predictions
    var values = [
      "table": source.predictions.name, "id": try await name(predictions.id.value),
      "time": try await name(predictions.time.value),
      "condition": predictions.condition.map { "(\($0.value))" } ?? "true",
    ]
    for (key, column) in [("id", predictions.id.value), ("time", predictions.time.value)] {
      let isRequired = source.predictions.column(column)?.isRequired ?? false
      values["\(key)_missing"] = isRequired ? "false" : "\(try await name(column)) is null"
    }
    if let outcomes = source.outcomes, let settings = source.model.outcomes {
      values["outcomes"] = outcomes.name
      values["outcome_time"] = try await name(settings.time.value)
      if case .prediction(let key) = settings.key {
        values["outcome_key"] = try await name(key.value)
      }
      values["negative"] = "false"
      if let label = settings.label {
        let quoted = "o." + (try await name(label.value))
        let isBoolean = outcomes.column(label.value)?.isBoolean ?? false
        values["negative"] = isBoolean ? "not \(quoted)" : "\(quoted) = 0"
      }
    }
    return Self.fill(template, values)
  }
}
