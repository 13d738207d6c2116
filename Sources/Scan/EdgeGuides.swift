// SPDX-License-Identifier: Apache-2.0
import Profiles

/// The borders of all numeric features in one flat array, each with a guide that leads near the
/// right bin at once.
///
/// A guide divides a feature's range into equal slots and knows the edges before each slot; what is
/// left is a comparison with the next two edges, which are added and not branched on. Binary search
/// alone took half of the scan, since its branches cannot be predicted. Ranks are exact: the slot
/// is a monotone function of the value, so edges in lower slots are smaller and edges in higher
/// slots larger, however the arithmetic rounds. Skewed features get more slots, until few values
/// fall into one with more than two edges; there, and where all edges crowd into one slot (a range
/// stretched by an outlier), binary search is what remains.
struct EdgeGuides: Sendable {
  /// Where one feature's edges and guide lie.
  struct Place: Sendable {
    let edgeStart: Int
    let guideStart: Int
    let lowest: Double
    let scale: Double
    /// The number of the last slot.
    let lastSlot: Double
    /// The bins below the first edge and above the last; kept here because a constant of another
    /// module costs the scan a call for each value.
    let below: Int32
    let above: Int32
  }

  private static let slotCounts = [1024, 2048, 4096, 8192]
  /// Edges divide the reference's values evenly: their share is the share of values that it costs a
  /// binary search.
  private static let bearableShare = 0.02
  /// Marks a slot with more than two edges.
  private static let crowded: UInt16 = 0x8000

  private var edges: [Double] = []
  private var guides: [UInt16] = []

  static let none = Place(
    edgeStart: 0,
    guideStart: -1,
    lowest: 0,
    scale: 0,
    lastSlot: 0,
    below: -1,
    above: -1
  )

  mutating func add(_ added: [Double]) -> Place {
    precondition(added.count < Int(Self.crowded))
    var place = Self.none
    var before: [Int] = []
    for slots in Self.slotCounts {
      place = self.place(added, slots: slots)
      before = Self.edgesBefore(added, place)
      let alone = zip(before, before.dropFirst()).map { $1 - $0 }.filter { $0 > 2 }.reduce(0, +)
      if Double(alone) <= Double(added.count) * Self.bearableShare { break }
    }
    // The infinities behind the last edge end every search.
    edges += added + [.infinity, .infinity]
    for (start, end) in zip(before, before.dropFirst()) {
      guides.append(UInt16(start) | (end - start > 2 ? Self.crowded : 0))
    }
    guides.append(UInt16(added.count))
    return place
  }

  private func place(_ added: [Double], slots: Int) -> Place {
    let lowest = added.first ?? 0
    let scale = Double(slots) / ((added.last ?? 0) - lowest)
    return Place(
      edgeStart: edges.count,
      guideStart: guides.count,
      lowest: lowest,
      scale: scale.isFinite ? scale : 0,
      lastSlot: Double(slots - 1),
      below: Int32(NumericBinning.below),
      above: Int32(NumericBinning.below + max(1, added.count))
    )
  }

  /// The number of edges before each slot, then of all.
  private static func edgesBefore(_ added: [Double], _ place: Place) -> [Int] {
    var before = Array(repeating: 0, count: Int(place.lastSlot) + 2)
    for edge in added { before[slot(of: edge, place) + 1] += 1 }
    for slot in before.indices.dropFirst() { before[slot] += before[slot - 1] }
    return before
  }

  /// The slot of a value: the nearest one, by the way that a double of this size rounds.
  @inline(__always)
  private static func slot(of value: Double, _ place: Place) -> Int {
    let position = (value - place.lowest) * place.scale
    // Written so that NaN, from an overflow, means slot 0.
    let positive = position > 0 ? position : 0
    let inside = positive < place.lastSlot ? positive : place.lastSlot
    return Int(truncatingIfNeeded: (inside + 0x1p52).bitPattern & 0xFFFF)
  }

  /// Returns the bin of a value.
  @inline(__always)
  func bin(of value: Double, in place: Place) -> Int32 {
    guard value.isFinite else { return Self.bin(ofInfinite: value) }
    let guide = guides[place.guideStart &+ Self.slot(of: value, place)]
    if guide & Self.crowded != 0 { return crowdedBin(of: value, in: place) }
    let rank = place.edgeStart &+ Int(guide)
    // Edges of later slots are larger than the value, so no end need be looked for.
    let more = (edges[rank] <= value ? 1 : 0) &+ (edges[rank &+ 1] <= value ? 1 : 0)
    return place.below &+ Int32(truncatingIfNeeded: Int(guide) &+ more)
  }

  @inline(never)
  private static func bin(ofInfinite value: Double) -> Int32 {
    let bin =
      value.isNaN
      ? NumericBinning.notANumber
      : value < 0 ? NumericBinning.negativeInfinity : NumericBinning.positiveInfinity
    return Int32(bin)
  }

  @inline(never)
  private func crowdedBin(of value: Double, in place: Place) -> Int32 {
    let slot = place.guideStart + Self.slot(of: value, place)
    var rank = place.edgeStart + Int(guides[slot] & ~Self.crowded)
    var high = place.edgeStart + Int(guides[slot + 1] & ~Self.crowded)
    while rank < high {
      let middle = (rank + high) / 2
      if edges[middle] <= value { rank = middle + 1 } else { high = middle }
    }
    return place.below + Int32(rank - place.edgeStart)
  }

  /// Finds the bins of many values.
  ///
  /// - `bits`: The values, every `stride` from `first` on.
  /// - `bins`: Gets them, from 0 on.
  func find(
    _ bits: [UInt64],
    from first: Int,
    stride: Int,
    place: Place,
    count: Int,
    into bins: inout [Int32]
  ) {
    let bits = bits.span
    var bins = bins.mutableSpan
    var position = first
    for index in 0..<count {
      bins[index] = bin(of: Double(bitPattern: bits[position]), in: place)
      position &+= stride
    }
  }
}
