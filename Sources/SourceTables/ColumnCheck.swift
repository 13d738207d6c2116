// SPDX-License-Identifier: Apache-2.0
import Settings

/// Compares the columns that a configuration names with those that a table has.
struct ColumnCheck {
  let errors: ConfigErrorCollector

  /// Returns a column; nil where the name or the table is, and where an error was noted because it
  /// is not there or of another type.
  ///
  /// `path` is where the configuration names it, `expected` is what errors call the types that
  /// `accepts` accepts.
  @discardableResult
  func column(
    _ name: String?,
    at path: ConfigPath,
    of relation: Relation?,
    is expected: String = "another",
    where accepts: (Relation.Column) -> Bool = { _ in true }
  ) -> Relation.Column? {
    guard let name, let relation else { return nil }
    guard let column = relation.column(name) else {
      errors.note(
        "\(relation.name) has no column '\(name)'"
          + Spelling.suggestion(for: name, among: relation.columns.map(\.name)),
        at: path
      )
      return nil
    }
    guard accepts(column) else {
      errors.note(
        "the column '\(name)' of \(relation.name) is of type \(column.type), expected \(expected)",
        at: path
      )
      return nil
    }
    return column
  }

  func time(_ name: String?, at path: ConfigPath, of relation: Relation?) {
    column(name, at: path, of: relation, is: "a timestamp", where: \.isTime)
  }

  func number(_ name: String?, at path: ConfigPath, of relation: Relation?) {
    column(name, at: path, of: relation, is: "a number", where: \.isNumber)
  }

  func flag(_ name: String?, at path: ConfigPath, of relation: Relation?) {
    column(name, at: path, of: relation, is: "boolean or 0/1") { $0.isBoolean || $0.isNumber }
  }

  /// A column by which rows are looked up, and what errors call it.
  struct Key {
    let column: Relation.Column?
    let description: String
  }

  /// Notes an error where rows cannot be looked up in one table by the key of another.
  func compare(_ key: Key, with other: Key, at path: ConfigPath) {
    guard let mine = key.column, let theirs = other.column, mine.keyFamily != theirs.keyFamily
    else { return }
    errors.note(
      "\(key.description) is of type \(mine.type) and \(other.description) of type "
        + "\(theirs.type): they cannot be compared; make them alike in a view",
      at: path
    )
  }
}
