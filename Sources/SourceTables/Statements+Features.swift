// SPDX-License-Identifier: Apache-2.0
import Postgres
import Scan
import Settings

/// How features are read: values that stand for "not known" as NULL.
extension Statements {
  /// The SQL of a feature's value in the type in which it is streamed.
  func value(of feature: String) async throws -> String {
    let quoted = try await name(feature)
    guard let column = source.predictions.column(feature) else { return quoted }
    let value = column.expression(quoted)
    let codes = source.model.missing.codes(of: feature)
    guard let test = try await test(value, of: column, codes) else { return value }
    return "case when \(test) then null else \(value) end"
  }

  /// The condition that a column has one of some codes; nil where none fits its type.
  private func test(
    _ value: String,
    of column: Relation.Column,
    _ codes: [String]
  ) async throws -> String? {
    if column.isNumber {
      let numbers = codes.compactMap(Double.init).filter(\.isFinite)
      guard !numbers.isEmpty else { return nil }
      return "\(value) in (" + numbers.map { "'\($0)'::float8" }.joined(separator: ", ") + ")"
    }
    guard column.streamed == .text, !codes.isEmpty else { return nil }
    var texts: [String] = []
    for code in codes { texts.append(try await connection.quoted(literal: code)) }
    return "\(value)::text in (" + texts.joined(separator: ", ") + ")"
  }

  /// The SQL of the document that holds the features, without members that are a code.
  func document(_ column: String) async throws -> String {
    var document = try await name(column) + "::jsonb"
    for (member, codes) in source.model.missing.byColumn.sorted(by: { $0.key < $1.key }) {
      let key = try await connection.quoted(literal: member)
      var values: [String] = []
      for code in codes {
        if let number = Double(code), number.isFinite { values.append("'\(number)'::jsonb") }
        values.append("to_jsonb(\(try await connection.quoted(literal: code))::text)")
      }
      let list = values.joined(separator: ", ")
      document =
        "case when \(document) -> \(key) in (\(list)) then \(document) - \(key) "
        + "else \(document) end"
    }
    return document
  }
}
