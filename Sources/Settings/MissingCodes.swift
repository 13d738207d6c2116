// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Values that stand for "not known", such as -1, 999 or "unknown", as the configuration writes
/// them.
package struct MissingCodes: Sendable, Hashable {
  /// Codes of every feature whose type they fit.
  package var everywhere: [String]
  package var byColumn: [String: [String]]

  package init(everywhere: [String] = [], byColumn: [String: [String]] = [:]) {
    self.everywhere = everywhere
    self.byColumn = byColumn
  }

  /// The codes of a column, its own first.
  package func codes(of column: String) -> [String] {
    var seen: Set<String> = []
    return ((byColumn[column] ?? []) + everywhere).filter { seen.insert($0).inserted }
  }

  package var isEmpty: Bool { everywhere.isEmpty && byColumn.isEmpty }

  var identity: StoredIdentity.Value {
    .list(
      everywhere.map { .text($0) }
        + byColumn.sorted { $0.key < $1.key }.map { column, codes in
          .list([.text(column)] + codes.map { .text($0) })
        }
    )
  }
}
