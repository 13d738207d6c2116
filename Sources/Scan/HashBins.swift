// SPDX-License-Identifier: Apache-2.0

/// Tables from hashed levels to bins, for all features in two flat arrays.
///
/// Open addressing at half load; a hash of zero is stored as one, which costs nothing but a
/// collision of probability 2⁻⁶⁴.
struct HashBins: Sendable {
  private var hashes: [UInt64] = []
  private var bins: [Int32] = []

  /// Where one feature's table lies, and the bin of what is not in it.
  struct Table: Sendable {
    let start: Int
    let mask: Int
    let fallback: Int32
  }

  /// Adds a table.
  mutating func add(_ entries: [UInt64: Int], fallback: Int) -> Table {
    var size = 4
    while size < entries.count * 2 { size *= 2 }
    let start = hashes.count
    hashes.append(contentsOf: repeatElement(0, count: size))
    bins.append(contentsOf: repeatElement(0, count: size))
    for (hash, bin) in entries {
      let key = max(1, hash)
      var slot = Int(truncatingIfNeeded: key) & (size - 1)
      while hashes[start + slot] != 0 { slot = (slot + 1) & (size - 1) }
      hashes[start + slot] = key
      bins[start + slot] = Int32(bin)
    }
    return Table(start: start, mask: size - 1, fallback: Int32(fallback))
  }

  @inline(__always)
  func bin(of hash: UInt64, in table: Table) -> Int32 {
    let key = max(1, hash)
    var slot = Int(truncatingIfNeeded: key) & table.mask
    while true {
      let stored = hashes[table.start &+ slot]
      if stored == key { return bins[table.start &+ slot] }
      if stored == 0 { return table.fallback }
      slot = (slot &+ 1) & table.mask
    }
  }
}
