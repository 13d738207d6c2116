// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// Makes the bins of a numeric column from the values of its reference.
///
/// Deciles are nested in finer bins. A value that holds more than one group's fair share of the
/// reference (zeros, defaults) is a *point mass*: a bin and a group of its own, because plain
/// deciles collapse around it. The deciles are those of the remaining values.
package struct NumericBinningBuilder: Sendable {
  /// Groups that PSI compares, point masses included, when values are spread evenly.
  package var groupTarget = 10
  /// Inner bins at most.
  package var binLimit = 200
  /// Reference rows that a bin should hold; small references get fewer bins.
  package var rowsPerBin = 20
  /// Values that must be borders of bins: the decision threshold, the ends of a known domain.
  package var requiredEdges: [Double] = []

  package init() {}

  /// Returns the bins for a sample of the reference.
  ///
  /// - `values`: Finite values in any order; a sample is enough, since counts are taken again.
  /// - `range`: The smallest and largest value of the whole reference.
  /// - Complexity: O(n log n).
  package func binning(of values: [Double], range: ClosedRange<Double>?) -> NumericBinning {
    guard let range else {
      let edges = requiredEdges.sorted()
      return NumericBinning(
        edges: edges,
        groups: Array(repeating: 0, count: max(0, edges.count - 1)),
        means: zip(edges, edges.dropFirst()).map { ($0 + $1) / 2 },
        standardDeviation: 0
      )
    }
    let sorted = values.sorted()
    let pointMasses = pointMasses(in: sorted)
    let rest = sorted.filter { !pointMasses.contains($0) }
    let share = sorted.isEmpty ? 1 : Double(rest.count) / Double(sorted.count)
    let deciles = rest.isEmpty ? 0 : max(1, Int((Double(groupTarget) * share).rounded()))
    let decileEdges = quantiles(of: rest, parts: deciles)
    let edges = edges(
      range: range,
      pointMasses: pointMasses,
      rest: rest,
      deciles: deciles,
      decileEdges: decileEdges
    )
    return NumericBinning(
      edges: edges,
      groups: groups(of: edges, pointMasses: pointMasses, decileEdges: decileEdges),
      means: means(of: sorted, in: edges),
      standardDeviation: Self.deviation(of: sorted)
    )
  }

  /// Values that hold more than 1/`groupTarget` of the sorted sample.
  private func pointMasses(in sorted: [Double]) -> Set<Double> {
    var pointMasses: Set<Double> = []
    var start = 0
    for index in sorted.indices
    where index + 1 == sorted.count || sorted[index + 1] != sorted[index] {
      if (index + 1 - start) * groupTarget > sorted.count { pointMasses.insert(sorted[index]) }
      start = index + 1
    }
    return pointMasses
  }

  /// Inner borders that part a sorted sample into equal shares, each an observed value.
  private func quantiles(of sorted: [Double], parts: Int) -> [Double] {
    guard parts > 1, let first = sorted.first else { return [] }
    let borders = (1..<parts).map { sorted[$0 * sorted.count / parts] }
    return Set(borders).subtracting([first]).sorted()
  }

  private func edges(
    range: ClosedRange<Double>,
    pointMasses: Set<Double>,
    rest: [Double],
    deciles: Int,
    decileEdges: [Double]
  ) -> [Double] {
    var edges = Set(requiredEdges)
    edges.formUnion([range.lowerBound, range.upperBound.nextUp])
    edges.formUnion(decileEdges)
    for value in pointMasses { edges.formUnion([value, value.nextUp]) }
    if deciles > 0 {
      let bins = max(deciles, min(binLimit, rest.count / rowsPerBin))
      edges.formUnion(quantiles(of: rest, parts: (bins / deciles) * deciles))
    }
    return edges.sorted()
  }

  /// A point mass's bin is a group of its own; the other bins belong to the decile in which they
  /// lie, even where a point mass parts it in two.
  private func groups(
    of edges: [Double],
    pointMasses: Set<Double>,
    decileEdges: [Double]
  ) -> [Int] {
    var numbers: [Int: Int] = [:]
    return edges.dropLast().enumerated().map { index, lower in
      let isPointMass = pointMasses.contains(lower) && edges[index + 1] == lower.nextUp
      // Point masses get keys that no decile has.
      let key = isPointMass ? -1 - index : decileEdges.count { $0 <= lower }
      let number = numbers[key] ?? numbers.count
      numbers[key] = number
      return number
    }
  }

  private func means(of sorted: [Double], in edges: [Double]) -> [Double] {
    var start = sorted.partitioningIndex { $0 >= edges[0] }
    return zip(edges, edges.dropFirst()).map { lower, upper in
      var sum = 0.0
      let first = start
      while start < sorted.count, sorted[start] < upper {
        sum += sorted[start]
        start += 1
      }
      // A bin that only a required edge made may be empty: its middle stands for it.
      let mean = start > first ? sum / Double(start - first) : lower / 2 + upper / 2
      return mean.isFinite ? min(max(mean, lower), upper) : lower / 2 + upper / 2
    }
  }

  /// The standard deviation with divisor n, scaled so that no square overflows.
  private static func deviation(of values: [Double]) -> Double {
    let scale = values.reduce(0) { max($0, abs($1)) }
    guard scale > 0, !values.isEmpty else { return 0 }
    let count = Double(values.count)
    let mean = values.reduce(0) { $0 + $1 / scale } / count
    let variance = values.reduce(0) { $0 + ($1 / scale - mean) * ($1 / scale - mean) } / count
    return min(variance.squareRoot() * scale, .greatestFiniteMagnitude)
  }
}

extension Array {
  /// Returns the first index at which `isInSecondHalf` holds, in an array parted by it.
  func partitioningIndex(where isInSecondHalf: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isInSecondHalf(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
