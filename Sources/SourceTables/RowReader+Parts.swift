// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Profiles
import Scan
import Settings

/// How a range of rows is divided among streams.
extension RowReader {
  /// A part of a table that one stream reads.
  struct Part: Sendable {
    /// Nil for all rows.
    let range: TimeRange?
    let filter: String
  }

  /// Returns the parts of a range in which it is read, one for each stream.
  ///
  /// A plain table read as a whole is parted by its pages, which needs no index; anything else by
  /// time, at borders of buckets.
  ///
  /// Where the borders of `edges` are those of the range, rows outside it are left out by the
  /// scanner, so that they need not be left out by the server. What may fail on a row is not read
  /// of rows that are not asked for.
  func parts(
    _ range: TimeRange,
    edges: [Instant],
    isWhole: Bool,
    _ layout: RowLayout
  ) async throws -> [Part] {
    let parts = split(range, edges: edges, isWhole: isWhole)
    let time = source.predictions.column(source.model.predictions.time)
    guard isWhole, !dropsRepeats, !layout.isJSON, time?.type == "timestamptz",
      source.predictions.estimatedRows > 0, edges.first == range.from, edges.last == range.to,
      parts.allSatisfy({ $0.range == range }),
      try await shareOfRows(range) >= Self.wholeShare
    else { return parts }
    return parts.map { Part(range: nil, filter: $0.filter) }
  }

  private func split(_ range: TimeRange, edges: [Instant], isWhole: Bool) -> [Part] {
    guard streams > 1, !dropsRepeats else { return [Part(range: range, filter: "")] }
    let hasIndex = source.predictions.indexed.contains(source.model.predictions.time)
    if source.predictions.kind == .table, isWhole || !hasIndex {
      let pages = source.predictions.pages
      guard pages >= streams * 64 else { return [Part(range: range, filter: "")] }
      return (0..<streams).map { index in
        let from = pages * index / streams
        let to = pages * (index + 1) / streams
        // Pages that were added since belong to the last part.
        let end = index == streams - 1 ? "" : " and ctid < '(\(to),0)'::tid"
        return Part(range: range, filter: " and ctid >= '(\(from),0)'::tid" + end)
      }
    }
    let count = min(streams, edges.count - 1)
    guard count > 1 else { return [Part(range: range, filter: "")] }
    return (0..<count).compactMap { index in
      let from = edges[(edges.count - 1) * index / count]
      let to = edges[(edges.count - 1) * (index + 1) / count]
      return TimeRange(from: max(from, range.from), to: min(to, range.to))
        .map { Part(range: $0, filter: "") }
    }
  }

  /// Where at least this share of a table's rows is wanted, comparing each row's time on the server
  /// costs more than sending the others.
  private static let wholeShare = 0.9

  /// The share of a table's rows that lie in a range, as the server's planner estimates.
  private func shareOfRows(_ range: TimeRange) async throws -> Double {
    try await withStatements { connection, statements in
      let plan = try await connection.query(try await statements.plan(range), name: "plan_rows")
      let text = try plan.only { try $0.decode("QUERY PLAN", as: JSONText.self).text }
      let rows = try JSONDecoder().decode([QueryPlan].self, from: Data(text.utf8))
      return (rows.first?.plan.rows ?? 0) / source.predictions.estimatedRows
    }
  }
}

/// What the server says that it would do.
private struct QueryPlan: Decodable {
  struct Node: Decodable {
    let rows: Double
    enum CodingKeys: String, CodingKey { case rows = "Plan Rows" }
  }
  let plan: Node
  enum CodingKeys: String, CodingKey { case plan = "Plan" }
}
