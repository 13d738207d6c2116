// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Numbers the model versions of a stream in order of appearance.
struct VersionNames: Sendable {
  private(set) var names: [String]
  private var indices: [UInt64: Int] = [:]
  private var lastHash: UInt64 = 0
  private var lastIndex = -1

  /// Begins with the version that rows without one have.
  init(constant: String) { names = [constant] }

  /// Returns the number of the version whose name lies in a row; 0 where the length is −1.
  @inline(__always)
  mutating func index(_ row: RawSpan, at offset: Int, length: Int) -> Int {
    guard length >= 0 else { return 0 }
    let hash = ByteHash.of(row.slice(offset, length))
    if hash == lastHash, lastIndex >= 0 { return lastIndex }
    lastHash = hash
    if let known = indices[hash] {
      lastIndex = known
    } else {
      names.append(String(row, at: offset, length: length))
      lastIndex = names.count - 1
      indices[hash] = lastIndex
    }
    return lastIndex
  }
}
