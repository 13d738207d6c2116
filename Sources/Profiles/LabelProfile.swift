// SPDX-License-Identifier: Apache-2.0

/// What is known of the outcomes of one model version's predictions in a bucket or window.
///
/// A flat vector of whole numbers: sums of scores are kept in units of 2⁻³², so that adding and
/// subtracting are exact and the merge of parts equals the whole to the last bit.
/// `docs/internals/count-layout.md` draws the vector.
package struct LabelProfile: Sendable, Hashable {
  /// Sums per score bin.
  package enum BinSum: Int, CaseIterable, Sendable {
    /// Rows whose label is not known, churners, others.
    case unknown, positive, negative
    /// Σ score over churners, over others; Σ score² likewise.
    case positiveScore, negativeScore, positiveSquare, negativeSquare
  }

  /// Sums over all rows.
  package enum Total: Int, CaseIterable, Sendable {
    /// Flagged churners, flagged others, churners not flagged, others left alone.
    case truePositive, falsePositive, falseNegative, trueNegative
    /// Labelled rows whose decision is not known.
    case undecided
    /// Rows whose label can still come or change.
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

  /// Score bins, as `NumericBinning` lays them out.
  package let binCount: Int
  /// Sums by bin, then totals.
  package private(set) var values: [Int]
  /// Labels by their age; empty where they were not read.
  package var ages = LabelAges.zero

  /// An empty profile for the bins of a score.
  package init(binCount: Int) {
    self.binCount = binCount
    values = Array(repeating: 0, count: Self.length(binCount: binCount))
  }

  /// A profile from its vector; nil when the length is not that of the bins.
  package init?(binCount: Int, values: [Int]) {
    guard values.count == Self.length(binCount: binCount) else { return nil }
    self.binCount = binCount
    self.values = values
  }

  private static func length(binCount: Int) -> Int {
    binCount * BinSum.allCases.count + Total.allCases.count
  }

  package subscript(_ sum: BinSum, _ bin: Int) -> Int {
    get { values[sum.rawValue * binCount + bin] }
    set { values[sum.rawValue * binCount + bin] = newValue }
  }

  package subscript(_ total: Total) -> Int {
    get { values[binCount * BinSum.allCases.count + total.rawValue] }
    set { values[binCount * BinSum.allCases.count + total.rawValue] = newValue }
  }

  /// Adds another profile of the same score bins.
  package mutating func merge(_ other: LabelProfile) {
    precondition(binCount == other.binCount, "profiles of one binning only")
    values.add(other.values)
    ages.merge(other.ages)
  }

  /// Takes another profile of the same score bins away; the counts of a change may be negative.
  package mutating func subtract(_ other: LabelProfile) {
    precondition(binCount == other.binCount, "profiles of one binning only")
    for index in values.indices { values[index] -= other.values[index] }
    ages.subtract(other.ages)
  }

  /// Whether something was taken back that was not there.
  package var hasNegative: Bool {
    values.contains { $0 < 0 } || ages.values.contains { $0 < 0 }
  }

  /// Whether nothing is counted.
  package var isZero: Bool { values.allSatisfy { $0 == 0 } && ages.isZero }

  /// Returns the sum over all bins.
  package func sum(_ sum: BinSum) -> Int {
    values[(sum.rawValue * binCount)..<((sum.rawValue + 1) * binCount)].reduce(0, +)
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
  /// - Parameters:
  ///   - prediction: What was predicted.
  ///   - label: True for a churner, nil when unknown.
  ///   - isFinal: Whether the label, or that there is none, can change no more.
  ///   - weight: 1 to count it, −1 to take it back.
  @inline(__always)
  package mutating func count(
    _ prediction: ScoredPrediction,
    label: Bool?,
    isFinal: Bool,
    weight: Int = 1
  ) {
    func fixed(_ value: Double) -> Int { weight * Int((value / Self.scale).rounded()) }
    if !isFinal { self[.open] += weight }
    guard let label else {
      self[.unknown, prediction.bin] += weight
      return
    }
    self[label ? .positive : .negative, prediction.bin] += weight
    self[label ? .positiveScore : .negativeScore, prediction.bin] += fixed(prediction.score)
    self[label ? .positiveSquare : .negativeSquare, prediction.bin] += fixed(
      prediction.score * prediction.score
    )
    self[.logLoss] += fixed(prediction.logLoss)
    switch (label, prediction.isFlagged) {
    case (_, nil): self[.undecided] += weight
    case (true, true?): self[.truePositive] += weight
    case (true, false?): self[.falseNegative] += weight
    case (false, true?): self[.falsePositive] += weight
    case (false, false?): self[.trueNegative] += weight
    }
  }
}

/// A prediction as labels count it.
package struct ScoredPrediction: Sendable {
  /// A probability; scores that are none are counted elsewhere.
  package let score: Double
  /// The score's bin.
  package let bin: Int
  /// The decision, nil when unknown.
  package let isFlagged: Bool?
  /// The loss of the score against its label, in nats; not read where the label is unknown.
  package let logLoss: Double

  @inline(__always)
  package init(score: Double, bin: Int, isFlagged: Bool?, logLoss: Double) {
    self.score = score
    self.bin = bin
    self.isFlagged = isFlagged
    self.logLoss = logLoss
  }
}
