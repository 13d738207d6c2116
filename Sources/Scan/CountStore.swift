// SPDX-License-Identifier: Apache-2.0
import Profiles

/// The counts of all profiles that a scan fills, in one flat array.
///
/// A *slot* is one version and bucket: for each target (all rows, then each segment level) the
/// number of rows, then the cells. When the slots outgrow the limit they are packed: most cells of
/// most profiles are zero.
struct CountStore: Sendable {
  private struct Key: Hashable {
    let version: Int
    let bucket: Int
  }

  /// A value outside the range of the feature whose cells begin at `offset`.
  struct GuardValue: Sendable {
    let offset: Int
    let isAbove: Bool
    let value: Double
  }

  private let cellCount: Int
  private let featureStarts: [Int]
  private let targetCount: Int
  private let stride: Int
  private let memoryLimit: Int
  private var counts: [UInt32] = []
  private var slots: [Key: Int] = [:]
  private var lastKey = Key(version: -1, bucket: -1)
  private var lastBase = 0
  private var packed: [Key: [[UInt8]]] = [:]
  private var guards: [Key: [Int: [Int: GuardSums]]] = [:]

  init(binning: Binning, targetCount: Int, memoryLimit: Int) {
    cellCount = binning.cellCount
    featureStarts = binning.offsets
    self.targetCount = targetCount
    stride = targetCount * (binning.cellCount + 1)
    self.memoryLimit = memoryLimit
  }

  /// Counts one row.
  ///
  /// - `cells`: The cells to raise, as indices into the vector of counts; −1 for a feature that
  ///   the rows do not have.
  /// - `targets`: The profiles to raise them in.
  @inline(__always)
  mutating func count(
    version: Int,
    bucket: Int,
    cells: [Int32],
    targets: [Int]
  ) {
    if bucket != lastKey.bucket || version != lastKey.version {
      select(Key(version: version, bucket: bucket))
    }
    let first = lastBase
    let size = cellCount &+ 1
    var counts = counts.mutableSpan
    for index in 0..<targets.count {
      let base = first &+ targets[index] &* size
      counts[base] &+= 1
      for cell in 0..<cells.count {
        let position = Int(cells[cell])
        if position >= 0 { counts[base &+ 1 &+ position] &+= 1 }
      }
    }
  }

  private mutating func select(_ key: Key) {
    lastKey = key
    if let slot = slots[key] {
      lastBase = slot * stride
      return
    }
    if !slots.isEmpty, (counts.count + stride) * 4 > memoryLimit { pack() }
    slots[key] = slots.count
    lastBase = counts.count
    counts.append(contentsOf: repeatElement(0, count: stride))
  }

  private mutating func pack() {
    for (key, slot) in slots {
      let values = counts[(slot * stride)..<((slot + 1) * stride)].map(Int.init)
      packed[key, default: []].append(CountCoding.encode(values))
    }
    slots.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
  }

  /// Adds values outside a feature's range to the sums of the row's profiles.
  mutating func addGuards(
    _ values: [GuardValue],
    version: Int,
    bucket: Int,
    targets: [Int]
  ) {
    let key = Key(version: version, bucket: bucket)
    for item in values {
      guard let feature = featureStarts.firstIndex(of: item.offset) else { continue }
      for target in targets {
        let added =
          item.isAbove ? GuardSums(above: item.value) : GuardSums(below: item.value)
        guards[key, default: [:]][target, default: [:]][feature, default: GuardSums()] =
          (guards[key]?[target]?[feature] ?? GuardSums()) + added
      }
    }
  }

  /// Returns the profiles and empties the store.
  consuming func finish(versionNames: [String]) -> [BucketKey: [FeatureProfile]] {
    pack()
    var profiles: [BucketKey: [FeatureProfile]] = [:]
    // Two spellings of one name are one version: their counts are added, in a fixed order.
    for (key, parts) in packed.sorted(by: { $0.key.version < $1.key.version }) {
      var targets = Array(
        repeating: FeatureProfile(cellCount: cellCount),
        count: targetCount
      )
      for part in parts { add(part, to: &targets) }
      for (target, sums) in guards[key] ?? [:] { targets[target].guardSums = sums }
      let name = BucketKey(version: versionNames[key.version], bucket: key.bucket)
      if let known = profiles[name] {
        for index in targets.indices { targets[index].merge(known[index]) }
      }
      profiles[name] = targets
    }
    return profiles
  }

  private func add(_ part: [UInt8], to targets: inout [FeatureProfile]) {
    guard let values = try? CountCoding.decode(part, count: stride) else {
      preconditionFailure("counts packed by this store can be unpacked")
    }
    for target in 0..<targetCount {
      let base = target * (cellCount + 1)
      targets[target].rows += values[base]
      for cell in 0..<cellCount { targets[target].counts[cell] += values[base + 1 + cell] }
    }
  }
}
