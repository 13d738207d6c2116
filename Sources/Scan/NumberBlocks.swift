// SPDX-License-Identifier: Apache-2.0

/// Numbers that wait to be counted, a few hundred rows at a time.
///
/// Row by row, each number needs another feature's borders, and what its bin costs is waiting for
/// them. Feature by feature the borders stay near, and the processor searches for several bins at
/// once. That makes the scan of numbers more than twice as fast.
///
/// A record is four numbers of a row as bits, then where the bins of the row's profiles begin:
/// `docs/internals/count-layout.md` draws it.
struct NumberBlocks: Sendable {
  private static let capacity = 256

  /// For each place of a record, its feature; shorter than a multiple of four where places are
  /// empty.
  private let plans: [FeaturePlan]
  private let targetCount: Int
  private let recordSize: Int
  private var records: [UInt64]
  /// The bins of one place of the records.
  private var bins: [Int32]
  /// Records that wait, for each quad.
  private var waiting: [Int]

  /// - `plans`: The features, four for each quad; the last quad may have fewer.
  /// - `targetCount`: Profiles that a row counts in.
  init(_ plans: [FeaturePlan], targetCount: Int) {
    self.plans = plans
    self.targetCount = targetCount
    recordSize = 4 + targetCount
    let quads = (plans.count + 3) / 4
    records = Array(repeating: 0, count: quads * Self.capacity * recordSize)
    bins = Array(repeating: 0, count: Self.capacity)
    waiting = Array(repeating: 0, count: quads)
  }

  var quadCount: Int { waiting.count }

  /// Adds the four numbers that lie in a row's bytes.
  ///
  /// - Returns: Whether the quad must be counted before it is added to again.
  @inline(__always)
  mutating func add(_ row: RawSpan, at offset: Int, quad: Int, _ bases: [Int]) -> Bool {
    let count = waiting[quad]
    waiting[quad] = count &+ 1
    var position = (quad &* Self.capacity &+ count) &* recordSize
    let targetCount = targetCount
    var records = records.mutableSpan
    for part in 0..<4 {
      records[position] = UInt64(bitPattern: row.int64(at: offset &+ part &* 8))
      position &+= 1
    }
    for index in 0..<targetCount {
      records[position &+ index] = UInt64(truncatingIfNeeded: bases[index])
    }
    return count &+ 1 == Self.capacity
  }

  /// Counts what waits.
  mutating func flush(into store: inout CountStore, _ all: FeaturePlans) {
    for quad in 0..<waiting.count { flush(quad, into: &store, all) }
  }

  /// Counts what waits of a quad.
  mutating func flush(_ quad: Int, into store: inout CountStore, _ all: FeaturePlans) {
    let start = quad * Self.capacity * recordSize
    let count = waiting[quad]
    for place in (quad * 4)..<min(quad * 4 + 4, plans.count) {
      let plan = plans[place]
      let first = start + place % 4
      if plan.kind == .numeric {
        all.edges.find(
          records,
          from: first,
          stride: recordSize,
          place: plan.edges,
          count: count,
          into: &bins
        )
      } else {
        for index in 0..<count {
          bins[index] = all.bin(Double(bitPattern: records[first + index * recordSize]), plan)
        }
      }
      for target in 0..<targetCount {
        store.count(
          bins,
          count: count,
          plan: plan,
          bases: records,
          from: start + 4 + target,
          stride: recordSize
        )
      }
      if plan.keepsOutside {
        keepOutside(place: place, plan: plan, from: start, count: count, into: &store)
      }
    }
    waiting[quad] = 0
  }

  /// Keeps numbers outside the reference's range aside; they are rare.
  private func keepOutside(
    place: Int,
    plan: FeaturePlan,
    from start: Int,
    count: Int,
    into store: inout CountStore
  ) {
    for index in 0..<count
    where plan.isOutside(bins[index]) {
      let record = start + index * recordSize
      store.addOutOfRange(
        OutOfRangeValue(
          plan: plan,
          bin: bins[index],
          value: Double(bitPattern: records[record + place % 4])
        ),
        bases: records[(record + 4)..<(record + recordSize)].map { Int($0) }
      )
    }
  }
}
