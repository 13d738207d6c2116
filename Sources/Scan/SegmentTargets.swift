// SPDX-License-Identifier: Apache-2.0
import Profiles

/// The profiles that a row counts in: that of all rows, and that of its level of each segment.
struct SegmentTargets: Sendable {
  private var bins = HashBins()
  private var tables: [HashBins.Table] = []
  private var starts: [Int] = []
  /// Profiles of a version and bucket: one for all rows, then each segment's levels.
  private(set) var count = 1
  /// The row's profiles; the first is that of all rows.
  private(set) var targets: [Int]

  init(_ segments: [SegmentBinning]) {
    targets = Array(repeating: 0, count: segments.count + 1)
    for segment in segments {
      let levels = segment.levels.enumerated().map { (ByteHash.of($1), $0) }
      starts.append(count)
      tables.append(
        bins.add(Dictionary(uniqueKeysWithValues: levels), fallback: segment.levels.count)
      )
      count += segment.levels.count + 1
    }
  }

  /// Reads the row's segment fields.
  @inline(__always)
  mutating func read(_ row: RawSpan, _ cursor: inout FieldCursor) throws(ScanError) {
    for index in 0..<tables.count {
      var level = tables[index].fallback
      if case .text(let offset, let length) = try cursor.scalar(.text, in: row, column: index) {
        level = bins.bin(of: ByteHash.of(row.slice(offset, length)), in: tables[index])
      }
      targets[index &+ 1] = starts[index] &+ Int(level)
    }
  }
}
