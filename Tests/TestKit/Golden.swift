// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// Files that stand beside a test.
package enum Golden {
  /// Decodes a JSON file of the folder `Golden` beside the test's source.
  package static func cases<Case: Decodable>(
    _ file: String,
    of _: Case.Type,
    source: String = #filePath
  ) throws -> [Case] {
    let url = URL(fileURLWithPath: source).deletingLastPathComponent()
      .appendingPathComponent("Golden").appendingPathComponent(file)
    return try JSONDecoder().decode(CaseFile<Case>.self, from: try Data(contentsOf: url)).cases
  }

  private struct CaseFile<Case: Decodable>: Decodable {
    let cases: [Case]
  }

  /// The root of the package.
  package static var root: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// Compares text with a file; with `SNAP_UPDATE=1` the file is written instead.
  ///
  /// - Returns: nil when they agree, else the place of the first difference.
  package static func difference(_ text: String, from file: String) throws -> String? {
    let url = root.appendingPathComponent(file)
    if ProcessInfo.processInfo.environment["SNAP_UPDATE"] == "1" {
      try text.write(to: url, atomically: true, encoding: .utf8)
      return nil
    }
    let expected = try String(contentsOf: url, encoding: .utf8)
    if expected == text { return nil }
    let pairs = zip(expected.split(separator: "\n"), text.split(separator: "\n"))
    let first = pairs.enumerated().first { $0.element.0 != $0.element.1 }
    return first.map { "line \($0.offset + 1): '\($0.element.0)' became '\($0.element.1)'" }
      ?? "the texts differ in length"
  }
}

/// Whether two numbers agree to a relative or absolute tolerance.
package func agree(_ first: Double, _ second: Double, _ tolerance: Double) -> Bool {
  abs(first - second) <= tolerance * max(1, abs(second))
}
