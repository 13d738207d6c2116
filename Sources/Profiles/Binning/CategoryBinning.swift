// SPDX-License-Identifier: Apache-2.0

/// The cells of a categorical column, frozen from its reference.
///
/// Cell 0 holds the missing values, then one cell for each of the frequent levels, then *other*
/// (rare levels that the reference had too), then *new* (levels that it had not).
package struct CategoryBinning: Sendable, Hashable, Codable {
  /// The frequent levels, most frequent first.
  package let levels: [String]
  /// Hashes of the rare levels of the reference; no value is kept.
  package let rareLevels: [UInt64]

  package static let missing = 0
  package var other: Int { levels.count + 1 }
  package var new: Int { levels.count + 2 }
  package var cellCount: Int { levels.count + 3 }

  package init(levels: [String], rareLevels: [UInt64]) {
    self.levels = levels
    self.rareLevels = rareLevels
  }

  /// Levels that get a cell of their own, at most.
  package static let levelLimit = 50

  /// Levels with at least five rows and 0.2 % of the reference get a cell of their own, up to
  /// `limit`; rarer ones share *other*, where they cannot inflate PSI.
  package init(counts: [String: Int], limit: Int = levelLimit) {
    let total = counts.values.reduce(0, +)
    let enough = max(5, total / 500)
    let frequent = counts.filter { $0.value >= enough }
      .sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      .prefix(limit).map(\.key)
    levels = Array(frequent)
    let chosen = Set(frequent)
    rareLevels = counts.keys.filter { !chosen.contains($0) }.map { ByteHash.of($0) }.sorted()
  }

  /// Returns the cell of each hashed level; hashes that are absent mean *new*.
  package func cellsByHash() -> [UInt64: Int] {
    var cells: [UInt64: Int] = [:]
    for hash in rareLevels { cells[hash] = other }
    for (index, level) in levels.enumerated() { cells[ByteHash.of(level)] = index + 1 }
    return cells
  }

  package func label(of cell: Int) -> String {
    switch cell {
    case Self.missing: "(missing)"
    case other: "(other)"
    case new: "(new)"
    default: levels[cell - 1]
    }
  }
}

/// The cells of an identifier column: missing, known, new.
///
/// Distances between distributions of identifiers say nothing: only the rate of values that the
/// reference did not have is watched.
package struct IdentifierBinning: Sendable, Hashable, Codable {
  /// Hashes of the reference's values; empty when there were too many to keep.
  package let known: [UInt64]
  /// Whether new values cannot be told: the reference had more than are kept, or nearly every row
  /// had one of its own.
  package let overflowed: Bool
  /// Why the column is taken for an identifier, in words for the report.
  package let reason: String

  package static let missing = 0
  package static let knownCell = 1
  package static let new = 2
  package static let cellCount = 3

  package init(known: [UInt64], overflowed: Bool, reason: String) {
    self.known = known
    self.overflowed = overflowed
    self.reason = reason
  }
}
