// SPDX-License-Identifier: Apache-2.0
import Alerting
import Foundation
import Settings
import TestKit
import Testing

/// `docs/reference/configuration.md` against the keys that the readers know.
@Suite struct ConfigurationReferenceTests {
  private static let path = "docs/reference/configuration.md"

  private static func lines() throws -> [String] {
    try String(contentsOf: Golden.root.appendingPathComponent(path), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  private static let known = (ConfigKeys.all + RuleFile.allKeys).flatMap(\.rows)

  @Test func `every key has its row in the reference: path, type, default, meaning`() throws {
    let lines = Set(try Self.lines())
    #expect(Self.known.count > 200)
    for row in Self.known { #expect(lines.contains(row), "\(Self.path) lacks the row\n\(row)") }
  }

  @Test func `the reference has no key that no reader knows`() throws {
    let known = Set(Self.known)
    let rows = try Self.lines().filter { $0.hasPrefix("| `") }
    #expect(Set(rows).count == rows.count, "a row stands twice")
    for row in rows { #expect(known.contains(row), "no reader has the row\n\(row)") }
  }

  /// The lists of keys that a file declares, such as `ModelReader.outcomeKeys`.
  private static func lists(_ file: TidyTests.File) -> [String] {
    var type = ""
    return file.lines.compactMap { line in
      if line.hasPrefix("extension ") {
        type = String(line.dropFirst("extension ".count).prefix { $0.isLetter })
      }
      guard let start = line.range(of: "static let "), line.lowercased().contains("keys")
      else { return nil }
      let name = line[start.upperBound...].prefix { $0.isLetter }
      return line.contains("[ConfigKey]") || line.hasSuffix("= [") ? "\(type).\(name)" : nil
    }
  }

  @Test func `every list of keys is in a catalogue, and no reader has one of its own`() throws {
    let files =
      try TidyTests.files("Sources/Settings", "swift")
      + TidyTests.files("Sources/Alerting", "swift")
    let catalogues = files.filter {
      $0.path.hasSuffix("/ConfigKeys.swift") || $0.path.hasSuffix("/RuleFile+Keys.swift")
    }.map(\.text).joined()
    let keys = files.filter { $0.path.contains("+Keys") || $0.path.contains("SecretReader") }
    let lists = keys.flatMap(Self.lists).filter { !$0.hasSuffix(".allKeys") }
    #expect(lists.count > 25)
    for list in lists {
      let name = list.hasPrefix("RuleFile.") ? String(list.dropFirst("RuleFile.".count)) : list
      #expect(
        catalogues.contains(", \(name))") || catalogues.contains(", \(name) + ")
          || catalogues.contains(" + \(name))"),
        "\(list) is in no catalogue"
      )
    }
    for file in files {
      let hasOwn = file.text.contains(/known: \[\s*"/)
      #expect(!hasOwn, "\(file.path): keys are named in a list of keys")
    }
  }
}
