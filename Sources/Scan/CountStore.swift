// SPDX-License-Identifier: Apache-2.0
import Profiles

/// A value outside the range of the feature whose bins begin at `offset`.
struct OutOfRangeValue: Sendable {
  let offset: Int
  let isAbove: Bool
  let value: Double

  init(plan: FeaturePlan, bin: Int32, value: Double) {
    offset = plan.offset
    isAbove = bin == plan.edges.above
    self.value = value
  }
}

/// The counts of all profiles that a scan fills, in one flat array.
///
/// A *slot* is one version and bucket: for each target (all rows, then each segment level) the
/// number of rows, then the bins. When the slots outgrow the limit they are packed: most bins of
/// most profiles are zero. `docs/internals/count-layout.md` draws a slot and the bases of a row.
struct CountStore: Sendable {
  private struct Key: Hashable {
    let version: Int
    let bucket: Int
  }

  private let binCount: Int
  private let featureStarts: [Int]
  private let targetCount: Int
  private let stride: Int
  private let memoryLimit: Int
  var counts: [UInt32] = []
  private var slots: [Key: Int] = [:]
  /// The slots' names, in order.
  private var keys: [Key] = []
  private var lastKey = Key(version: -1, bucket: -1)
  private var lastBase = 0
  private var packed: [Key: [[UInt8]]] = [:]
  private var outOfRange: [Key: [Int: [Int: OutOfRangeSums]]] = [:]

  init(binning: Binning, targetCount: Int, memoryLimit: Int) {
    binCount = binning.binCount
    featureStarts = binning.offsets
    self.targetCount = targetCount
    stride = targetCount * (binning.binCount + 1)
    self.memoryLimit = memoryLimit
  }

  /// Begins a row: counts it, and finds where the bins of its profiles begin.
  @inline(__always)
  mutating func select(version: Int, bucket: Int, targets: [Int], _ bases: inout [Int]) {
    if bucket != lastKey.bucket || version != lastKey.version {
      select(Key(version: version, bucket: bucket))
    }
    let size = binCount &+ 1
    for index in 0..<targets.count {
      let base = lastBase &+ targets[index] &* size
      counts[base] &+= 1
      bases[index] = base &+ 1
    }
  }

  /// Counts a value of the row, given its feature and its bin there.
  @inline(__always)
  mutating func count(_ plan: FeaturePlan, _ bin: Int32, bases: [Int]) {
    let position = plan.offset &+ Int(bin)
    for index in 0..<bases.count { counts[bases[index] &+ position] &+= 1 }
  }

  /// Counts values of many rows, given their bins in one feature.
  ///
  /// - `bases`: Where the bins of the rows' profiles begin, every `stride` from `first` on.
  mutating func count(
    _ bins: [Int32],
    count: Int,
    plan: FeaturePlan,
    bases: [UInt64],
    from first: Int,
    stride: Int
  ) {
    let bins = bins.span
    let bases = bases.span
    var counts = counts.mutableSpan
    var position = first
    for index in 0..<count {
      counts[Int(truncatingIfNeeded: bases[position]) &+ plan.offset &+ Int(bins[index])] &+= 1
      position &+= stride
    }
  }

  /// Whether the next slot packs those that are there.
  private var isFull: Bool { !slots.isEmpty && (counts.count + stride) * 4 > memoryLimit }

  /// Whether a row's slot is a new one that packs those that are there; what waits to be counted in
  /// them must be counted before.
  @inline(__always)
  func packs(version: Int, bucket: Int) -> Bool {
    if bucket == lastKey.bucket && version == lastKey.version { return false }
    return isFull && slots[Key(version: version, bucket: bucket)] == nil
  }

  private mutating func select(_ key: Key) {
    lastKey = key
    if let slot = slots[key] {
      lastBase = slot * stride
      return
    }
    if isFull { pack() }
    slots[key] = slots.count
    keys.append(key)
    lastBase = counts.count
    counts.append(contentsOf: repeatElement(0, count: stride))
  }

  private mutating func pack() {
    for (key, slot) in slots {
      let values = counts[(slot * stride)..<((slot + 1) * stride)].map(Int.init)
      packed[key, default: []].append(CountCoding.encode(values))
    }
    slots.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
  }

  /// Adds a value outside a feature's range to the sums of a row's profiles.
  ///
  /// - `bases`: Where the bins of the profiles begin.
  mutating func addOutOfRange(_ item: OutOfRangeValue, bases: [Int]) {
    guard let feature = featureStarts.firstIndex(of: item.offset) else { return }
    let added = item.isAbove ? OutOfRangeSums(above: item.value) : OutOfRangeSums(below: item.value)
    for base in bases {
      let key = keys[base / stride]
      let target = base % stride / (binCount + 1)
      outOfRange[key, default: [:]][target, default: [:]][feature, default: OutOfRangeSums()] =
        (outOfRange[key]?[target]?[feature] ?? OutOfRangeSums()) + added
    }
  }

  /// Returns the profiles and empties the store.
  consuming func finish(versionNames: [String]) -> [BucketKey: [FeatureProfile]] {
    pack()
    var profiles: [BucketKey: [FeatureProfile]] = [:]
    // Two spellings of one name are one version: their counts are added, in a fixed order.
    for (key, parts) in packed.sorted(by: { $0.key.version < $1.key.version }) {
      var targets = Array(
        repeating: FeatureProfile(binCount: binCount),
        count: targetCount
      )
      for part in parts { add(part, to: &targets) }
      for (target, sums) in outOfRange[key] ?? [:] { targets[target].outOfRangeSums = sums }
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
      let base = target * (binCount + 1)
      targets[target].rows += values[base]
      for bin in 0..<binCount { targets[target].counts[bin] += values[base + 1 + bin] }
    }
  }
}
