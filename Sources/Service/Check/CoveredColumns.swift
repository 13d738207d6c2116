// SPDX-License-Identifier: Apache-2.0
import Profiles
import Scan
import Settings
import SourceTables

/// The columns on which a profile or a label depends.
struct CoveredColumns: Sendable {
  /// In order of name.
  let names: [String]
  /// Changes with the names.
  let hash: Int

  init(_ columns: ColumnMatch, _ source: Source) {
    let model = source.model
    var names = Set([
      model.predictions.id, model.predictions.time, model.predictions.score,
    ])
    if case .column(let version) = model.predictions.version { names.insert(version) }
    if let entity = model.predictions.entity { names.insert(entity) }
    if case .column(let decision) = model.decision { names.insert(decision) }
    names.formUnion(model.segments)
    if case .json(let column) = model.features { names.insert(column) }
    names.formUnion(columns.usable.map(\.name))
    self.names = names.sorted()
    hash = Int(truncatingIfNeeded: ByteHash.of(self.names.joined(separator: "\n"))) & .max
  }
}
