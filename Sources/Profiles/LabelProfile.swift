// SPDX-License-Identifier: Apache-2.0

/// What is known of the outcomes of one model version's predictions in a bucket or window.
///
/// A flat vector of whole numbers: sums of scores are kept in units of 2⁻³², so that adding and
/// subtracting are exact and the merge of parts equals the whole to the last bit.
package struct LabelProfile: Sendable, Hashable {
  /// Sums per score cell.
  package enum CellSum: Int, CaseIterable, Sendable {
    /// Rows whose label is not known, churners, others.
    case unknown, positive, negative
    /// Σ score over churners, over others; Σ score² likewise.
    case positiveScore, negativeScore, positiveSquare, negativeSquare
  }

  /// Sums over all rows.
  package enum Total: Int, CaseIterable, Sendable {
    /// Flagged churners, flagged others, churners missed, others left alone.
    case truePositive, falsePositive, falseNegative, trueNegative
    /// Labelled rows whose decision is not known.
    case undecided
    /// Rows without a label whose horizon has not passed.
    case open
    /// Σ −ln score over churners and Σ −ln(1 − score) over others.
    case logLoss
    /// Predictions excluded because their outcomes disagree at one time.
    case contradictory
    /// Outcomes left out: label neither 0 nor 1; known only after the horizon.
    case invalidLabel, afterHorizon
    /// Outcomes older than their prediction; counted, and used.
    case beforePrediction
  }

  /// Score cells, as `NumericBinning` lays them out.
  package let cellCount: Int
  /// Cell sums, then totals.
  package private(set) var values: [Int]
  /// Labels by their age; empty where they were not read.
  package var ages = LabelAges.zero

  /// An empty profile for the cells of a score.
  package init(cellCount: Int) {
    self.cellCount = cellCount
    values = Array(repeating: 0, count: Self.length(cellCount: cellCount))
  }

  /// A profile from its vector; nil when the length is not that of the cells.
  package init?(cellCount: Int, values: [Int]) {
    guard values.count == Self.length(cellCount: cellCount) else { return nil }
    self.cellCount = cellCount
    self.values = values
  }

  private static func length(cellCount: Int) -> Int {
    cellCount * CellSum.allCases.count + Total.allCases.count
  }

  package subscript(_ sum: CellSum, _ cell: Int) -> Int {
    get { values[sum.rawValue * cellCount + cell] }
    set { values[sum.rawValue * cellCount + cell] = newValue }
  }

  package subscript(_ total: Total) -> Int {
    get { values[cellCount * CellSum.allCases.count + total.rawValue] }
    set { values[cellCount * CellSum.allCases.count + total.rawValue] = newValue }
  }

  /// Adds another profile of the same score cells.
  package mutating func merge(_ other: LabelProfile) {
    precondition(cellCount == other.cellCount, "profiles of one binning only")
    values.add(other.values)
    ages.merge(other.ages)
  }

  /// Takes another profile of the same score cells away; the counts of a change may be negative.
  package mutating func subtract(_ other: LabelProfile) {
    precondition(cellCount == other.cellCount, "profiles of one binning only")
    for index in values.indices { values[index] -= other.values[index] }
    ages.subtract(other.ages)
  }

  /// Whether something was taken back that was not there.
  package var hasNegative: Bool {
    values.contains { $0 < 0 } || ages.values.contains { $0 < 0 }
  }

  /// Whether nothing is counted.
  package var isZero: Bool { values.allSatisfy { $0 == 0 } && ages.isZero }

  /// Returns the sum over all cells.
  package func sum(_ sum: CellSum) -> Int {
    values[(sum.rawValue * cellCount)..<((sum.rawValue + 1) * cellCount)].reduce(0, +)
  }
}

extension LabelProfile {
  package var positives: Int { sum(.positive) }
  package var negatives: Int { sum(.negative) }
  package var labelled: Int { positives + negatives }
  /// Predictions with a usable score, labelled or not.
  package var predictions: Int { labelled + sum(.unknown) }
  /// Whether no label can change the counts any more.
  package var isMature: Bool { self[.open] == 0 }

  /// One unit of the sums of scores.
  package static let scale = 0x1p-32
  /// Scores closer than this to 0 or 1 count as this close in the log loss, which would be
  /// infinite.
  package static let smallestProbability = 0x1p-52

  /// Counts one prediction.
  ///
  /// - `score`: A probability; the caller has counted those that are not.
  /// - `cell`: Its cell.
  /// - `label`: True for a churner, nil when unknown.
  /// - `isFlagged`: The decision, nil when unknown.
  /// - `isFinal`: Whether the horizon has passed.
  /// - `weight`: 1 to count it, −1 to take it back.
  @inline(__always)
  package mutating func count(
    score: Double,
    cell: Int,
    label: Bool?,
    isFlagged: Bool?,
    isFinal: Bool,
    logLoss: Double,
    weight: Int = 1
  ) {
    func fixed(_ value: Double) -> Int { weight * Int((value / Self.scale).rounded()) }
    guard let label else {
      self[.unknown, cell] += weight
      if !isFinal { self[.open] += weight }
      return
    }
    self[label ? .positive : .negative, cell] += weight
    self[label ? .positiveScore : .negativeScore, cell] += fixed(score)
    self[label ? .positiveSquare : .negativeSquare, cell] += fixed(score * score)
    self[.logLoss] += fixed(logLoss)
    switch (label, isFlagged) {
    case (_, nil): self[.undecided] += weight
    case (true, true?): self[.truePositive] += weight
    case (true, false?): self[.falseNegative] += weight
    case (false, true?): self[.falsePositive] += weight
    case (false, false?): self[.trueNegative] += weight
    }
  }
}
