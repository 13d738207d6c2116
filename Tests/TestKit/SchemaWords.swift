// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What `sql/schema.sql` says.
package enum SchemaWords {
  /// The words that a CHECK constraint allows, in order.
  ///
  /// - Parameter constraint: The constraint's name.
  /// - Returns: The words; none where there is no such constraint.
  /// - Throws: Where the file cannot be read.
  package static func allowed(by constraint: String) throws -> [String] {
    let url = Golden.root.appendingPathComponent("sql/schema.sql")
    let line = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").first {
      $0.contains("CONSTRAINT \(constraint) CHECK")
    }
    // Between quotes stands every second part.
    let parts = line?.split(separator: "'", omittingEmptySubsequences: false) ?? []
    return parts.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
  }
}
