// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Finds the bucket of a moment in a grid.
///
/// Rows of one time lie together in most tables, so the bucket of the last row is tried first.
struct BucketFinder: Sendable {
  private let edges: [Int64]
  private var bucket = 0
  private var from = Int64.max
  private var to = Int64.min

  /// A finder for buckets between neighbouring edges.
  init(edges: [Instant]) { self.edges = edges.map(\.microseconds) }

  /// Returns the bucket's number, or −1 outside the grid.
  @inline(__always)
  mutating func bucket(of time: Int64) -> Int {
    if time >= from, time < to { return bucket }
    guard let first = edges.first, let last = edges.last, time >= first, time < last else {
      return -1
    }
    var low = 0
    var high = edges.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= time { low = middle } else { high = middle }
    }
    bucket = low
    from = edges[low]
    to = edges[low + 1]
    return low
  }
}
