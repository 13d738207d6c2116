// SPDX-License-Identifier: Apache-2.0
import Profiles

/// The borders of all numeric features in one flat array, each with a guide that leads near the
/// right cell at once.
///
/// A guide divides a feature's range into equal slots and knows the edges before each slot; what is
/// left is a search among the edges of one slot, mostly none. Binary search alone took half of the
/// scan, since its branches cannot be predicted. Ranks are exact: the slot is a monotone function of
/// the value, so edges in lower slots are smaller and edges in higher slots larger, however the
/// arithmetic rounds. Where all edges crowd into one slot (a range stretched by an outlier) binary
/// search is what remains.
struct EdgeGuides: Sendable {
  /// Where one feature's edges and guide lie.
  struct Place: Sendable {
    let edgeStart: Int
    let guideStart: Int
    let lowest: Double
    let scale: Double
    /// The cells below the first edge and above the last; kept here because a constant of another
    /// module costs the scan a call for each value.
    let below: Int32
    let above: Int32
  }

  private static let slotCount = 1024
  /// Marks a slot with so many edges that they are worth a binary search.
  private static let crowded: UInt16 = 0x8000

  private var edges: [Double] = []
  private var guides: [UInt16] = []

  static let none = Place(
    edgeStart: 0,
    guideStart: -1,
    lowest: 0,
    scale: 0,
    below: -1,
    above: -1
  )

  mutating func add(_ added: [Double]) -> Place {
    precondition(added.count < Int(Self.crowded))
    let lowest = added.first ?? 0
    let scale = Double(Self.slotCount) / ((added.last ?? 0) - lowest)
    let place = Place(
      edgeStart: edges.count,
      guideStart: guides.count,
      lowest: lowest,
      scale: scale.isFinite ? scale : 0,
      below: Int32(NumericBinning.below),
      above: Int32(NumericBinning.below + max(1, added.count))
    )
    // The infinity behind the last edge ends every search.
    edges += added + [.infinity]
    var before = Array(repeating: 0, count: Self.slotCount + 1)
    for edge in added { before[Self.slot(of: edge, place) + 1] += 1 }
    for slot in 0..<Self.slotCount { before[slot + 1] += before[slot] }
    for slot in 0..<Self.slotCount {
      let isCrowded = before[slot + 1] - before[slot] > 4
      guides.append(UInt16(before[slot]) | (isCrowded ? Self.crowded : 0))
    }
    guides.append(UInt16(added.count))
    return place
  }

  @inline(__always)
  private static func slot(of value: Double, _ place: Place) -> Int {
    let position = (value - place.lowest) * place.scale
    // Written so that NaN, from an overflow, means slot 0.
    return position >= 1 ? Int(min(position, Double(slotCount - 1))) : 0
  }

  /// Returns the cell of a value.
  @inline(__always)
  func cell(of value: Double, in place: Place) -> Int {
    guard value.isFinite else {
      return value.isNaN
        ? NumericBinning.notANumber
        : value < 0 ? NumericBinning.negativeInfinity : NumericBinning.positiveInfinity
    }
    let slot = place.guideStart &+ Self.slot(of: value, place)
    let guide = guides[slot]
    var rank = place.edgeStart &+ Int(guide & ~Self.crowded)
    if guide & Self.crowded != 0 {
      var high = place.edgeStart &+ Int(guides[slot &+ 1] & ~Self.crowded)
      while rank < high {
        let middle = (rank &+ high) / 2
        if edges[middle] <= value { rank = middle &+ 1 } else { high = middle }
      }
    } else {
      // Edges of later slots are larger than the value, so no end need be looked for. The first
      // comparison, which nobody can predict, is added instead of branched on.
      rank &+= edges[rank] <= value ? 1 : 0
      while edges[rank] <= value { rank &+= 1 }
    }
    return Int(place.below) &+ (rank &- place.edgeStart)
  }
}
