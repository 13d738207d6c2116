// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// Makes the cells of a numeric column from the values of its reference.
///
/// Deciles are nested in finer cells. A value that holds more than one group's fair share of the
/// reference (zeros, defaults) is an *atom*: a cell and a group of its own, because plain deciles
/// collapse around it. The deciles are those of the remaining values.
package struct NumericBinningBuilder: Sendable {
  /// Groups that PSI compares, atoms included, when values are spread evenly.
  package var groupTarget = 10
  /// Inner cells at most.
  package var cellLimit = 200
  /// Reference rows that a cell should hold; small references get fewer cells.
  package var rowsPerCell = 20
  /// Values that must be borders of cells: the decision threshold, the ends of a known domain.
  package var requiredEdges: [Double] = []

  package init() {}

  /// Returns the cells for a sample of the reference.
  ///
  /// - `values`: Finite values in any order; a sample is enough, since counts are taken anew.
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
    let atoms = atoms(in: sorted)
    let rest = sorted.filter { !atoms.contains($0) }
    let share = sorted.isEmpty ? 1 : Double(rest.count) / Double(sorted.count)
    let deciles = rest.isEmpty ? 0 : max(1, Int((Double(groupTarget) * share).rounded()))
    let decileEdges = quantiles(of: rest, parts: deciles)
    let edges = edges(
      range: range,
      atoms: atoms,
      rest: rest,
      deciles: deciles,
      decileEdges: decileEdges
    )
    return NumericBinning(
      edges: edges,
      groups: groups(of: edges, atoms: atoms, decileEdges: decileEdges),
      means: means(of: sorted, in: edges),
      standardDeviation: Self.deviation(of: sorted)
    )
  }

  /// Values that hold more than 1/`groupTarget` of the sorted sample.
  private func atoms(in sorted: [Double]) -> Set<Double> {
    var atoms: Set<Double> = []
    var start = 0
    for index in sorted.indices
    where index + 1 == sorted.count || sorted[index + 1] != sorted[index] {
      if (index + 1 - start) * groupTarget > sorted.count { atoms.insert(sorted[index]) }
      start = index + 1
    }
    return atoms
  }

  /// Inner borders that part a sorted sample into equal shares, each an observed value.
  private func quantiles(of sorted: [Double], parts: Int) -> [Double] {
    guard parts > 1, let first = sorted.first else { return [] }
    let borders = (1..<parts).map { sorted[$0 * sorted.count / parts] }
    return Set(borders).subtracting([first]).sorted()
  }

  private func edges(
    range: ClosedRange<Double>,
    atoms: Set<Double>,
    rest: [Double],
    deciles: Int,
    decileEdges: [Double]
  ) -> [Double] {
    var edges = Set(requiredEdges)
    edges.formUnion([range.lowerBound, range.upperBound.nextUp])
    edges.formUnion(decileEdges)
    for atom in atoms { edges.formUnion([atom, atom.nextUp]) }
    if deciles > 0 {
      let cells = max(deciles, min(cellLimit, rest.count / rowsPerCell))
      edges.formUnion(quantiles(of: rest, parts: (cells / deciles) * deciles))
    }
    return edges.sorted()
  }

  /// An atom's cell is a group of its own; the other cells belong to the decile in which they
  /// lie, even where an atom parts it in two.
  private func groups(
    of edges: [Double],
    atoms: Set<Double>,
    decileEdges: [Double]
  ) -> [Int] {
    var numbers: [Int: Int] = [:]
    return edges.dropLast().enumerated().map { index, lower in
      let isAtom = atoms.contains(lower) && edges[index + 1] == lower.nextUp
      // Atoms get keys that no decile has.
      let key = isAtom ? -1 - index : decileEdges.count { $0 <= lower }
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
      // A cell that only a required edge made may be empty: its middle stands for it.
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
