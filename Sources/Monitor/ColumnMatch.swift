// SPDX-License-Identifier: Apache-2.0
import Profiles
import Scan
import Settings
import Store
import YAMLSource

/// The features of the reference beside the columns of the table now.
struct ColumnMatch {
  /// Columns that can be counted in the reference's cells.
  private(set) var usable: [RowLayout.Column] = []
  /// Features that cannot, and why.
  private(set) var absences: [String: String] = [:]
  private(set) var faults: [InputFault] = []

  init(_ binning: Binning, _ source: Source) {
    // Members of a jsonb column are not known before the rows are read.
    if case .json = source.model.features { return }
    for feature in binning.features {
      guard let column = source.features.first(where: { $0.name == feature.name }) else {
        note("column_vanished", feature.name, "the column is not in the table any more")
        continue
      }
      switch feature.kind {
      case .numeric where !column.type.isNumber, .category where column.type.isNumber:
        note(
          "type_changed",
          feature.name,
          "the column was \(feature.kind.word) in the reference and is \(column.type) now"
        )
      case .numeric, .category, .identifier: usable.append(column)
      }
    }
    let known = Set(binning.features.map(\.name))
    for column in source.features where !known.contains(column.name) {
      faults.append(
        InputFault(
          kind: "new_column",
          subject: column.name,
          rows: 0,
          message: "the column is not in the reference and is not watched until a new reference "
            + "is set"
        )
      )
    }
  }

  private mutating func note(_ kind: String, _ name: String, _ message: String) {
    absences[name] = message
    faults.append(InputFault(kind: kind, subject: name, rows: 0, message: message))
  }
}
