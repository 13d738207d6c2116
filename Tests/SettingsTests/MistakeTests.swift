// SPDX-License-Identifier: Apache-2.0
import Foundation
import Settings
import Testing

/// Configurations with one mistake each, named after it; their first lines say what is answered.
@Suite struct MistakeTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    let file: String
    let text: String

    /// Whole errors, but for the file.
    var expected: [String] {
      text.split(separator: "\n").filter { $0.hasPrefix("# expect: ") }
        .map { "\(file):\($0.dropFirst("# expect: ".count))" }
    }

    var testDescription: String { file }

    static func all(source: String = #filePath) throws -> [Mistake] {
      let folder = URL(fileURLWithPath: source).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
        Mistake(
          file: $0,
          text: try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        )
      }
    }
  }

  @Test(arguments: try Mistake.all())
  func `a mistake is answered with its place and a way to correct it`(_ mistake: Mistake) throws {
    #expect(!mistake.expected.isEmpty, "\(mistake.file) says nothing of what is expected")
    let error = #expect(throws: ConfigErrors.self) {
      try SettingsFile.read(text: mistake.text, file: mistake.file)
    }
    #expect(error?.errors.map(\.description) == mistake.expected)
  }

  @Test func `there are configurations with mistakes`() throws {
    #expect(try Mistake.all().count > 30)
  }
}
