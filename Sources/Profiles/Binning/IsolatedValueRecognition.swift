// SPDX-License-Identifier: Apache-2.0

/// Recognises a number that many rows have and that lies apart from all others: often a code for
/// "not known".
///
/// It is never taken for one without being asked: a real -1 or 999 exists too.
package enum IsolatedValueRecognition {
  /// A value and the share of the rows that have it.
  package struct Found: Sendable, Hashable {
    package let value: Double
    package let share: Double

    /// The value as a configuration writes it.
    package var text: String {
      value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }
  }

  /// Values that are needed, and how frequent a code is at least.
  private static let (fewest, rare) = (200, 0.002)

  /// Returns the smallest or largest value if it looks like a code; nil where neither does.
  ///
  /// The only negative number, of nines or -1, below others that begin at zero or above; or a
  /// number of nines, at least two of them, that is twice as large as the next.
  ///
  /// - Parameter values: Finite values in any order.
  /// - Returns: The value that looks like a code.
  /// - Complexity: O(n).
  package static func reason(_ values: [Double]) -> Found? {
    guard values.count >= fewest, let smallest = values.min(), let largest = values.max() else {
      return nil
    }
    func share(_ value: Double) -> Found? {
      let share = Double(values.count { $0 == value }) / Double(values.count)
      return share >= rare && share < 1 ? Found(value: value, share: share) : nil
    }
    if smallest == -1 || smallest < 0 && isNines(-smallest),
      values.allSatisfy({ $0 == smallest || $0 >= 0 }), let found = share(smallest)
    {
      return found
    }
    let next = values.filter { $0 < largest }.max() ?? largest
    guard largest >= 99, isNines(largest), next <= largest / 2 else { return nil }
    return share(largest)
  }

  /// Whether a whole number is written with nines only.
  private static func isNines(_ value: Double) -> Bool {
    guard value >= 9, value < 1e15, value == value.rounded() else { return false }
    return String(Int64(value)).allSatisfy { $0 == "9" }
  }
}
