// SPDX-License-Identifier: Apache-2.0

/// How often predictions of one customer come together in one window: what decides how much less
/// they say than as many predictions of different customers.
///
/// Predictions are distinguished by score group, decision and label only; no customer is kept.
package struct CustomerPairs: Sendable, Hashable, Codable {
  /// Labelled predictions by kind.
  package private(set) var rows: [Int]
  /// Pairs of different predictions of one customer in one window, by the kinds of both; the
  /// smaller kind first.
  package private(set) var pairs: [Int]
  /// Customers, once for each window.
  package private(set) var customers = 0

  /// Counts for so many score groups.
  package init(groupCount: Int) {
    let kinds = groupCount * 4
    rows = Array(repeating: 0, count: kinds)
    pairs = Array(repeating: 0, count: kinds * kinds)
  }

  package var kindCount: Int { rows.count }

  /// The number of a kind of prediction.
  @inline(__always)
  package static func kind(group: Int, isFlagged: Bool, isPositive: Bool) -> Int {
    group * 4 + (isFlagged ? 2 : 0) + (isPositive ? 1 : 0)
  }

  /// The kind that a number means.
  package static func meaning(_ kind: Int) -> (group: Int, isFlagged: Bool, isPositive: Bool) {
    (kind / 4, kind & 2 != 0, kind & 1 != 0)
  }

  /// Counts all predictions of one customer in one window.
  ///
  /// - Complexity: O(different kinds²).
  package mutating func count(_ kinds: [Int: Int]) {
    customers += 1
    for (first, count) in kinds {
      rows[first] += count
      for (second, other) in kinds where second >= first {
        pairs[first * rows.count + second] +=
          first == second ? count * (count - 1) / 2 : count * other
      }
    }
  }

  /// Adds the counts of other customers.
  package mutating func merge(_ other: CustomerPairs) {
    rows.add(other.rows)
    pairs.add(other.pairs)
    customers += other.customers
  }

  /// Whether no customer was predicted twice in a window.
  package var isSingle: Bool { pairs.allSatisfy { $0 == 0 } }
}

extension CustomerPairs {
  /// What pairs were counted from: where it is another one they are counted again.
  ///
  /// - Parameters:
  ///   - ranges: The reference of the version.
  ///   - windows: The kinds of windows.
  ///   - labelAge: The label age up to which early labels are counted.
  /// - Returns: The identity to store with the pairs.
  package static func identity(
    of ranges: [TimeRange],
    windows: [WindowSpec],
    labelAge: FixedDuration
  ) -> StoredIdentity {
    StoredIdentity(
      version: 1,
      [
        "ranges": .list(ranges.map { .range($0) }),
        "windows": .list(windows.map { .window($0) }),
        "label_age": .duration(labelAge),
      ]
    )
  }
}
