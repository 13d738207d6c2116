// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import TestKit
import Testing

/// Style and architecture as tests.
@Suite struct TidyTests {
  struct File: Sendable {
    let path: String
    let text: String
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  }

  static func files(_ folder: String, _ ending: String) throws -> [File] {
    let root = Golden.root.appendingPathComponent(folder)
    let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    return try (found?.compactMap { $0 as? URL } ?? [])
      .filter { $0.pathExtension == ending && !$0.path.contains("/.build") }
      .sorted { $0.path < $1.path }
      .map {
        File(
          path: String($0.path.dropFirst(Golden.root.path.count + 1)),
          text: try String(contentsOf: $0, encoding: .utf8)
        )
      }
  }

  static func sources() throws -> [File] { try files("Sources", "swift") }

  @Test func `every file has its licence and is short enough to read`() throws {
    for file in try Self.sources() + Self.files("Tests", "swift") {
      #expect(file.text.hasPrefix("// SPDX-License-Identifier: Apache-2.0\n"), "\(file.path)")
      let limit = file.path.hasPrefix("Sources") ? 400 : 500
      #expect(file.lines.count <= limit, "\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test func `nothing is left undone or unsafe by habit`() throws {
    let banned = ["TODO", "FIXME", "try!", "fatalError(", "nonisolated(unsafe)"]
    for file in try Self.sources() {
      for word in banned { #expect(!file.text.contains(word), "\(file.path): \(word)") }
      if !file.path.hasPrefix("Sources/plumbline") {
        #expect(
          !file.lines.contains { $0.trimmingPrefix(while: \.isWhitespace).hasPrefix("print(") },
          "\(file.path): print"
        )
      }
      if file.text.contains("@unchecked Sendable") {
        #expect(file.path.hasPrefix("Sources/Postgres/"), "\(file.path)")
      }
    }
  }

  @Test func `the word unsafe appears where memory is handed over, and nowhere else`() throws {
    let allowed = [
      "Sources/Postgres/", "Sources/Scan/CopyFraming.swift", "Sources/Scan/JSONObjectReader.swift",
      "Sources/TabularModels/LogisticRegression.swift",
      "Sources/plumbline-trainer/GradientBoosting.swift",
      "Sources/Profiles/Binning/ByteHash.swift", "Sources/Integrations/HTTP/KeyedHash.swift",
      "Sources/Integrations/Notifiers/LogNotifier.swift",
      "Sources/CommandLineSupport/SiblingProgram.swift",
    ]
    for file in try Self.sources() where !allowed.contains(where: { file.path.hasPrefix($0) }) {
      let code = file.lines.filter { !$0.trimmingPrefix(while: \.isWhitespace).hasPrefix("//") }
      #expect(!code.contains { $0.contains("unsafe ") || $0.contains("Unsafe") }, "\(file.path)")
    }
  }

  @Test func `every type and function of the package is documented`() throws {
    let starts = [
      "package struct", "package enum", "package protocol", "package actor", "package final class",
    ]
    for file in try Self.sources() {
      let lines = file.lines
      for (index, line) in lines.enumerated() {
        let code = line.trimmingPrefix(while: \.isWhitespace)
        guard starts.contains(where: { code.hasPrefix($0) }) else { continue }
        var above = index - 1
        while above >= 0, lines[above].trimmingPrefix(while: \.isWhitespace).hasPrefix("@") {
          above -= 1
        }
        let isDocumented =
          above >= 0 && lines[above].trimmingPrefix(while: \.isWhitespace).hasPrefix("///")
        // Nested enums of cases and small options are explained by the type around them.
        #expect(isDocumented || line.hasPrefix("  "), "\(file.path):\(index + 1): \(code)")
      }
    }
  }

  @Test func `every drift test and metric is in its roster`() throws {
    func conforming(_ folder: String, _ name: String) throws -> Set<String> {
      Set(
        try Self.files(folder, "swift").flatMap { file in
          file.lines.compactMap { line in
            line.contains(": \(name) {") && line.contains("struct ")
              ? line.split(separator: "struct ")[1].split(separator: ":").first.map(String.init)
              : nil
          }
        }
      )
    }
    let tests = Set(DriftMeasures.all.map { String(describing: type(of: $0)) })
    #expect(try conforming("Sources/Checks/Drift", "DriftMeasure") == tests)
    let metrics = Set(PerformanceRoster.all.map { String(describing: type(of: $0)) })
    #expect(try conforming("Sources/Checks/Performance", "PerformanceMetric") == metrics)
  }

  @Test func `every statement is used, and begins with the question it answers`() throws {
    for (module, folders) in [
      ("SourceTables", ["sql/source"]), ("Store", ["sql/store/queries", "sql/store/copies"]),
    ] {
      let code = try Self.files("Sources/\(module)", "swift").map(\.text).joined()
      for file in try folders.flatMap({ try Self.files($0, "sql") }) {
        let name = URL(fileURLWithPath: file.path).deletingPathExtension().lastPathComponent
        #expect(code.contains("SQL.\(name)"), "\(file.path) is not used")
        #expect(file.text.hasPrefix("-- "), "\(file.path)")
      }
    }
  }

  @Test func `nothing in the repository speaks of a machine`() throws {
    let texts =
      try Self.sources() + Self.files("sql", "sql") + Self.files("docs", "md")
      + Self.files("alerts", "md") + Self.files("alerts", "yaml")
    let readme = try String(
      contentsOf: Golden.root.appendingPathComponent("README.md"),
      encoding: .utf8
    )
    for (path, text) in texts.map({ ($0.path, $0.text) }) + [("README.md", readme)] {
      for word in ["/root/", "/work/", "/home/"] {
        #expect(!text.contains(word), "\(path): \(word)")
      }
    }
  }
}
