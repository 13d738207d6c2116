// SPDX-License-Identifier: Apache-2.0
import Checks
import Testing

/// The reference of checks says what the catalogue says.
@Suite struct CheckReferenceTests {
  private static let columns = ["check", "title", "unit", "worse", "bad verdict", "interval"]

  private static func row(_ fields: [String]) -> String {
    "| " + fields.joined(separator: " | ") + " |"
  }

  private static func row(_ check: CheckName) -> String {
    let definition = check.definition
    return row([
      "`\(check.rawValue)`", definition.title.text, definition.unit.rawValue,
      definition.worse.rawValue, "`\(definition.badVerdict.rawValue)`",
      definition.interval ?? "none",
    ])
  }

  @Test func `the table of all checks has one row for each, as the catalogue has it`() throws {
    let file = try #require(
      try TidyTests.files("docs", "md").first { $0.path.hasSuffix("/checks.md") }
    )
    let lines = file.lines.map(String.init)
    let heading = try #require(lines.firstIndex(of: Self.row(Self.columns)), "\(file.path)")
    let rows = Array(lines[(heading + 2)...].prefix { $0.hasPrefix("|") })
    let expected = CheckName.allCases.map(Self.row)
    #expect(rows.count == expected.count, "\(file.path)")
    for row in expected { #expect(rows.contains(row), "\(file.path) lacks: \(row)") }
    for row in rows { #expect(expected.contains(row), "\(file.path) has: \(row)") }
  }
}
