// SPDX-License-Identifier: Apache-2.0

/// The bins of a categorical column, frozen from its reference.
///
/// Bin 0 holds the missing values, then one bin for each of the frequent levels, then *other*
/// (rare levels that the reference had too), then *new* (levels that it had not).
package struct CategoryBinning: Sendable, Hashable, Codable {
  /// The frequent levels, most frequent first.
  package let levels: [String]
  /// Hashes of the rare levels of the reference; no value is kept.
  package let rareLevels: [UInt64]
  /// The levels that the reference had.
  package let seen: SeenLevels

  package static let missing = 0
  package var other: Int { levels.count + 1 }
  package var new: Int { levels.count + 2 }
  package var binCount: Int { levels.count + 3 }

  package init(levels: [String], rareLevels: [UInt64], seen: SeenLevels = SeenLevels()) {
    self.levels = levels
    self.rareLevels = rareLevels
    self.seen = seen
  }

  /// Levels that get a bin of their own, at most.
  package static let levelLimit = 50

  /// Levels with at least five rows and 0.2 % of the reference get a bin of their own, up to
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
    seen = SeenLevels(counts.values)
  }

  /// Returns the bin of each hashed level; hashes that are absent mean *new*.
  package func binsByHash() -> [UInt64: Int] {
    var bins: [UInt64: Int] = [:]
    for hash in rareLevels { bins[hash] = other }
    for (index, level) in levels.enumerated() { bins[ByteHash.of(level)] = index + 1 }
    return bins
  }

  package func label(of bin: Int) -> String {
    switch bin {
    case Self.missing: "(missing)"
    case other: "(other)"
    case new: "(new)"
    default: levels[bin - 1]
    }
  }
}

/// How many levels a reference had once, of how many rows: what one expects of the next rows.
package struct SeenLevels: Sendable, Hashable, Codable {
  /// Levels that one row had.
  package let once: Int
  /// Rows that are not missing.
  package let rows: Int

  package init(_ counts: some Sequence<Int> = []) {
    var (once, rows) = (0, 0)
    for count in counts {
      once += count == 1 ? 1 : 0
      rows += count
    }
    (self.once, self.rows) = (once, rows)
  }
}

/// The bins of an identifier column: missing, known, new.
///
/// Distances between distributions of identifiers say nothing: only the rate of values that the
/// reference did not have is monitored.
package struct IdentifierBinning: Sendable, Hashable, Codable {
  /// Hashes of the reference's values; empty when there were too many to keep.
  package let known: [UInt64]
  /// Whether new values cannot be known: the reference had more than are kept, or nearly every row
  /// had one of its own.
  package let overflowed: Bool
  /// Why the column is taken for an identifier, in words for the report.
  package let reason: String
  /// The values that the reference had.
  package let seen: SeenLevels

  package static let missing = 0
  package static let knownBin = 1
  package static let new = 2
  package static let binCount = 3

  package init(
    known: [UInt64],
    overflowed: Bool,
    reason: String,
    seen: SeenLevels = SeenLevels()
  ) {
    self.known = known
    self.overflowed = overflowed
    self.reason = reason
    self.seen = seen
  }
}
