// SPDX-License-Identifier: Apache-2.0

/// The labelled outcomes of the customers whom one model scored: an arm of split traffic.
package struct ScoredOutcomes: Sendable {
  /// Whether the customer left; final labels only.
  package let labels: [Bool]
  package let scores: [Double]
  let clusters: CustomerClusters

  /// Outcomes row by row.
  ///
  /// - `customers`: A number for each row, the same for rows of one customer; nil where each row is
  ///   another customer. Numbers of two arms have nothing to do with each other.
  /// - Throws: `OutcomeError` where scores are no numbers from 0 to 1.
  package init(
    labels: [Bool],
    scores: [Double],
    customers: [UInt32]? = nil
  ) throws(OutcomeError) {
    precondition(labels.count == scores.count, "each row has a label and a score")
    let invalid = scores.count { !OutcomeError.isScore($0) }
    guard invalid == 0 else { throw .invalidScores(invalid, rows: labels.count) }
    self.labels = labels
    self.scores = scores
    clusters = CustomerClusters(customers, rows: labels.count)
  }
}

/// The labelled outcomes of customers whom both models scored, one of them in its shadow.
package struct PairedOutcomes: Sendable {
  /// Whether the customer left; final labels only.
  package let labels: [Bool]
  package let champion: [Double]
  package let challenger: [Double]
  let clusters: CustomerClusters

  /// Outcomes row by row.
  ///
  /// - `customers`: A number for each row, the same for rows of one customer; nil where each row is
  ///   another customer.
  /// - Throws: `OutcomeError` where a row has a score that is no number from 0 to 1.
  package init(
    labels: [Bool],
    champion: [Double],
    challenger: [Double],
    customers: [UInt32]? = nil
  ) throws(OutcomeError) {
    precondition(
      labels.count == champion.count && labels.count == challenger.count,
      "each row has a label and two scores"
    )
    let invalid = labels.indices.count {
      !OutcomeError.isScore(champion[$0]) || !OutcomeError.isScore(challenger[$0])
    }
    guard invalid == 0 else { throw .invalidScores(invalid, rows: labels.count) }
    self.labels = labels
    self.champion = champion
    self.challenger = challenger
    clusters = CustomerClusters(customers, rows: labels.count)
  }
}

/// Why outcomes cannot be used.
package enum OutcomeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// So many rows have a score that is no number from 0 to 1.
  case invalidScores(Int, rows: Int)

  package var description: String {
    switch self {
    case .invalidScores(let count, let rows):
      "\(count) of \(rows) rows have a score that is no number from 0 to 1"
    }
  }

  static func isScore(_ value: Double) -> Bool { value >= 0 && value <= 1 }
}

extension ScoredOutcomes {
  /// Observed less predicted churn, the mean of label less score, with its standard error by
  /// customer; nil without two customers.
  ///
  /// The sandwich of Liang and Zeger (1986).
  package var calibrationGap: (value: Double, standardError: Double)? {
    guard clusters.count > 1 else { return nil }
    let residuals = zip(labels, scores).map { ($0 ? 1 : 0) - $1 }
    let count = Double(residuals.count)
    let mean = residuals.reduce(0, +) / count
    let shares = residuals.map { ($0 - mean) / count }
    return (mean, clusters.variance(shares).squareRoot())
  }
}
