// SPDX-License-Identifier: Apache-2.0

/// A row that is not as the program expects it.
///
/// Fields that are wrong by type, length or NULL are shown without their values; a word that the
/// program does not know is shown as it is.
package struct RowDecodingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The statement's name.
  package let statement: String
  /// Nil where the number of rows is what is wrong.
  package let column: String?
  /// Counted from 1; 0 where it is not known, as of rows that were streamed and counted together.
  package let row: Int
  package let expected: String
  package let found: String

  package init(statement: String, column: String?, row: Int, expected: String, found: String) {
    self.statement = statement
    self.column = column
    self.row = row
    self.expected = expected
    self.found = found
  }

  package var description: String {
    let number = row > 0 ? " of row \(row)" : ""
    let place = column.map { ", column '\($0)'" + number } ?? ""
    return "\(statement)\(place): expected \(expected), found \(found)"
  }
}
