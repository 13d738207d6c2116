// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// The features of the reference beside the columns of the table now.
struct ColumnMatch {
  /// Columns that can be counted in the bins.
  private(set) var usable: [RowLayout.Column] = []
  /// Features that cannot, and why.
  private(set) var absences: [String: String] = [:]
  private(set) var issues: [DataIssue] = []

  init(_ binning: Binning, _ source: Source) {
    // Members of a jsonb column are not known before the rows are read.
    if case .json = source.model.features { return }
    for feature in binning.features {
      guard let column = source.features.first(where: { $0.name == feature.name }) else {
        exclude(feature.name, .columnVanished, because: "the column is not in the table any more")
        continue
      }
      switch feature.kind {
      case .numeric where !column.type.isNumber, .category where column.type.isNumber:
        exclude(
          feature.name,
          .typeChanged,
          because:
            "the column was \(feature.kind.name.rawValue) in the reference and is \(column.type) now"
        )
      case .numeric, .category, .identifier: usable.append(column)
      }
    }
    let known = Set(binning.features.map(\.name))
    for column in source.features where !known.contains(column.name) {
      issues.append(
        DataIssue(
          .newColumn,
          subject: column.name,
          message: "the column is not in the reference and is not watched until a new reference "
            + "is set"
        )
      )
    }
  }

  private mutating func exclude(
    _ name: String,
    _ kind: DataIssue.Kind,
    because message: String
  ) {
    absences[name] = message
    issues.append(DataIssue(kind, subject: name, message: message))
  }
}
