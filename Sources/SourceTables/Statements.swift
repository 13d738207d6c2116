// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
import Scan
import Settings

/// Makes the statements that read a customer's tables, from `sql/source/templates`.
///
/// `COPY` takes no parameters: names and values are quoted by libpq. The `where` condition is the
/// user's own SQL.
struct Statements {
  let source: Source
  let connection: Connection
  /// Whether repeated ids are left out, which costs a sort of the table.
  let dropsRepeats: Bool

  func name(_ text: String) async throws -> String {
    try await connection.quoted(identifier: text)
  }

  func moment(_ instant: Instant) async throws -> String {
    try await connection.quoted(literal: instant.description) + "::timestamptz"
  }

  private func moment(_ instant: Instant?, else bound: String) async throws -> String {
    guard let instant else { return "'\(bound)'::timestamptz" }
    return try await moment(instant)
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

  /// The rows of a range to read: the table, or the table without repeated ids.
  func from(_ range: TimeRange) async throws -> (source: String, filter: String) {
    let condition = source.model.predictions.condition
    guard dropsRepeats else {
      return (source.predictions.name, condition.map { " and (\($0))" } ?? "")
    }
    let values = [
      "id": try await name(source.model.predictions.id),
      "time": try await name(source.model.predictions.time),
      "from": try await moment(range.from), "to": try await moment(range.to),
      "table": source.predictions.name, "condition": condition.map { "(\($0))" } ?? "true",
    ]
    return (Self.fill(SourceSQL.source_once, values), "")
  }

  /// Streams rows of a range, nil for all rows, in a layout's order.
  func rows(_ range: TimeRange?, _ layout: RowLayout, part: String = "") async throws -> String {
    let all = TimeRange(from: .distantPast, to: .distantFuture)
    guard let reach = range ?? all else { return "" }
    let (table, filter) = try await from(reach)
    let condition = (range == nil ? "true" : try await during(reach)) + filter + part
    return try await rows(layout, from: table, condition: condition) {
      try await name($0) + "::text"
    }
  }

  /// Streams about so many rows from all over the table; of what has no pages of its own, or was
  /// never analysed and has no estimate, the first ones.
  func sample(rows: Int, _ layout: RowLayout) async throws -> String {
    try await self.rows(layout, from: "(\(sampled(rows))) as sampled", condition: "true") {
      try await name($0) + "::text"
    }
  }

  /// The SQL that gives about so many rows from all over the table.
  ///
  /// - Parameters:
  ///   - rows: How many.
  ///   - total: Of how many; nil leaves it to the server's estimate.
  /// - Returns: A select statement.
  func sampled(_ rows: Int, of total: Int? = nil) -> String {
    let relation = source.predictions
    let isTable = relation.kind == .table || relation.kind == .partitioned
    let total = total.map(Double.init) ?? relation.estimatedRows
    let share = Double(rows) / max(1, total)
    let isSampled = isTable && total > 0 && share < 1
    let method = isSampled ? " tablesample system (\(max(1e-6, 100 * share))) repeatable (1)" : ""
    let condition = source.model.predictions.condition.map { " where (\($0))" } ?? ""
    // An estimate can be old: the table may have grown since.
    let most = isSampled ? 2 * rows : rows
    return "select * from \(relation.name)\(method)\(condition) limit \(most)"
  }

  /// Streams rows in a layout's order.
  ///
  /// `version` makes the SQL of a row's version from its column.
  func rows(
    _ layout: RowLayout,
    from table: String,
    condition: String,
    version: (String) async throws -> String
  ) async throws -> String {
    let model = source.model
    var columns = [try await name(model.predictions.time) + "::timestamptz"]
    if layout.hasVersion {
      var column = ""
      if case .column(let name) = model.predictions.version { column = name }
      columns.append(try await version(column))
    }
    let score = try await name(model.predictions.score)
    if !layout.isScorePacked { columns.append(score) }
    for segment in layout.segments { columns.append(try await name(segment) + "::text") }
    if case .json(let column) = model.features { columns.append(try await document(column)) }
    var features: [String] = []
    for feature in layout.features { features.append(try await value(of: feature.name)) }
    columns += packed(layout, features + [score])
    columns += layout.singles.map { features[$0] }
    if layout.hasIdentifier {
      columns.append(try await name(model.predictions.id) + "::text")
    }
    return Self.fill(
      SourceSQL.stream_rows,
      [
        "columns": columns.joined(separator: ", "), "source": table, "condition": condition,
      ]
    )
  }

  /// The condition that a row's time lies in a range.
  private func during(_ range: TimeRange) async throws -> String {
    let time = try await name(source.model.predictions.time)
    return "\(time) >= \(try await moment(range.from)) and \(time) < \(try await moment(range.to))"
  }

  /// Asks the planner about the rows of a range.
  func plan(_ range: TimeRange) async throws -> String {
    Self.fill(
      SourceSQL.plan_rows,
      ["source": source.predictions.name, "condition": try await during(range)]
    )
  }

  /// The fields that hold several numbers.
  ///
  /// `members` are the features' expressions, then the score's.
  private func packed(_ layout: RowLayout, _ members: [String]) -> [String] {
    guard !layout.quads.isEmpty else { return [] }
    func number(_ index: Int) -> String {
      index == RowLayout.padding ? "0" : "(\(members[index]))::float8"
    }
    let quads = layout.quads.map { quad in
      let parts = quad.map(number)
      return "lseg(point(\(parts[0]), \(parts[1])), point(\(parts[2]), \(parts[3])))"
    }
    let all = layout.packed.map(number).joined(separator: ", ")
    let isMissing = layout.packed.map { "\(members[$0]) is null" }.joined(separator: " or ")
    // Every member is tested: a column that is declared NOT NULL may hold NULL where the server
    // does not see to it, as in foreign tables.
    return quads + ["case when \(isMissing) then array[\(all)] end"]
  }

  /// Counts and digests of the rows of each bucket; the columns are all those that a profile or a
  /// label depends on.
  func rowDigests(_ range: TimeRange, edges: [Instant], columns: [String]) async throws -> String {
    let (table, filter) = try await from(range)
    return Self.fill(
      SourceSQL.digest_rows,
      [
        "time": try await name(source.model.predictions.time),
        "edges": try await self.edges(edges), "columns": try await hashed(columns),
        "source": table, "filter": filter, "from": try await moment(range.from),
        "to": try await moment(range.to),
      ]
    )
  }

  /// Counts and digests of the outcomes that arrived in each bucket of time.
  func outcomeDigests(_ range: TimeRange, edges: [Instant]) async throws -> String? {
    guard let outcomes = source.outcomes, let settings = source.model.outcomes else { return nil }
    let key =
      switch settings.key {
      case .prediction(let column), .entity(let column): column
      }
    let columns = [key, settings.time] + (settings.label.map { [$0] } ?? [])
    var names: [String] = []
    for column in columns { names.append(try await name(column)) }
    return Self.fill(
      SourceSQL.digest_outcomes,
      [
        "outcome_time": try await name(settings.time),
        "edges": try await self.edges(edges), "columns": names.joined(separator: ", "),
        "outcomes": outcomes.name, "from": try await moment(range.from),
        "to": try await moment(range.to),
      ]
    )
  }

  func edges(_ edges: [Instant]) async throws -> String {
    let list = "{" + edges.map { "\"\($0)\"" }.joined(separator: ",") + "}"
    return try await connection.quoted(literal: list) + "::timestamptz[]"
  }

  /// Columns in a form that can be hashed.
  private func hashed(_ columns: [String]) async throws -> String {
    var expressions: [String] = []
    for column in columns {
      let quoted = try await name(column)
      let known = source.predictions.column(column)
      expressions.append(
        known?.streamed == nil ? "\(quoted)::text" : known?.expression(quoted) ?? quoted
      )
    }
    return expressions.joined(separator: ", ")
  }

  /// Has the next statement of the transaction join by hash or by merge.
  ///
  /// For statements that read whole ranges: where the planner knows nothing of a table it may
  /// believe in one row, and compare each of millions with each of another table.
  func joinByHash() async throws {
    try await connection.execute("set local enable_nestloop = off", name: "join_by_hash")
  }

  /// A statement that counts something odd; placeholders as the templates have them.
  ///
  /// Where `range` is nil, all of time is meant; `further` is filled in too.
  func count(
    _ template: String,
    _ range: TimeRange? = nil,
    further: [String: String] = [:]
  ) async throws -> String {
    let predictions = source.model.predictions
    var values = [
      "from": try await moment(range?.from, else: "-infinity"),
      "to": try await moment(range?.to, else: "infinity"),
      "table": source.predictions.name, "id": try await name(predictions.id),
      "time": try await name(predictions.time),
      "condition": predictions.condition.map { "(\($0))" } ?? "true",
    ]
    for (key, column) in [("id", predictions.id), ("time", predictions.time)] {
      let isRequired = source.predictions.column(column)?.isRequired ?? false
      values["\(key)_missing"] = isRequired ? "false" : "\(try await name(column)) is null"
    }
    if let outcomes = source.outcomes, let settings = source.model.outcomes {
      values["outcomes"] = outcomes.name
      values["outcome_time"] = try await name(settings.time)
      if case .prediction(let key) = settings.key {
        values["outcome_key"] = try await name(key)
      }
      values["negative"] = "false"
      if let label = settings.label {
        let quoted = "o." + (try await name(label))
        let isBoolean = outcomes.column(label)?.isBoolean ?? false
        values["negative"] = isBoolean ? "not \(quoted)" : "\(quoted) = 0"
      }
    }
    return Self.fill(template, values.merging(further) { $1 })
  }
}

extension Source {
  /// The SQL that shows the predictions of a version in a window, to be run by hand.
  ///
  /// `segment` is `column=level`; nil for all rows.
  package func rowsStatement(
    _ window: TimeRange,
    version: String,
    segment: String?,
    _ connection: Connection
  ) async throws -> String {
    let time = try await connection.quoted(identifier: model.predictions.time)
    var conditions = [
      "\(time) >= \(try await connection.quoted(literal: window.from.description))",
      "\(time) < \(try await connection.quoted(literal: window.to.description))",
    ]
    if case .column(let column) = model.predictions.version {
      let name = try await connection.quoted(identifier: column)
      conditions.append("\(name)::text = \(try await connection.quoted(literal: version))")
    }
    if let segment, let split = segment.firstIndex(of: "=") {
      let name = try await connection.quoted(identifier: String(segment[..<split]))
      let level = String(segment[segment.index(after: split)...])
      conditions.append("\(name)::text = \(try await connection.quoted(literal: level))")
    }
    if let condition = model.predictions.condition { conditions.append("(\(condition))") }
    return "select * from \(predictions.name)\nwhere " + conditions.joined(separator: "\n  and ")
      + ";"
  }
}
