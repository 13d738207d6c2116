// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
import Statistics

/// By how much the variance of each metric grows because customers are predicted more than once in
/// a window.
///
/// The design effect (L. Kish, Survey Sampling, 1965) of a linearised metric (D. Binder,
/// International Statistical Review 51, 1983): Σ over customers of (Σ ψ)² over Σ ψ², where ψ is a
/// prediction's influence on the metric. Predictions of one score group count as equal. Never below
/// 1. The interval of a share is that of as many trials as are left over when they are divided by
/// it (E. Korn and B. Graubard, Survey Methodology 24, 1998).
package struct DesignEffects: Sendable, Hashable, Codable {
  /// By name of the metric, and for rows; what is not in it is 1.
  private var factors: [String: Double]
  /// Customers, once for each window, and their predictions.
  package let customers: Int
  package let predictions: Int

  /// The effect on a check: that of the metric that the catalogue names; 1 where none widens it.
  package subscript(_ check: CheckName) -> Double {
    check.definition.designEffect.flatMap { factors[$0.rawValue] } ?? 1
  }

  /// The effect on what never changes for a customer, such as a contract: the largest there can be.
  ///
  /// Σ m² / Σ m for customers with m predictions in a window (L. Kish, 1965).
  package var rows: Double { factors[Self.rowsName] ?? 1 }

  private static let rowsName = "rows"

  /// The name of the detail that gives a reading's factor.
  package static let detail = "design_effect"

  /// Effects that are known, by metric.
  package init(_ factors: [CheckName: Double], customers: Int, predictions: Int) {
    self.factors = Dictionary(uniqueKeysWithValues: factors.map { ($0.key.rawValue, $0.value) })
    self.customers = customers
    self.predictions = predictions
  }

  /// The effects of pairs of predictions of one customer.
  ///
  /// - `binning`: The bins of the score.
  /// - Complexity: O(kinds²) for each metric.
  package init(_ pairs: CustomerPairs, binning: NumericBinning) {
    let bins = PairBins(pairs, binning: binning)
    var factors: [CheckName: Double] = [:]
    for (check, influence) in bins.influences {
      let single = pairs.rows.indices.reduce(0.0) {
        $0 + Double(pairs.rows[$1]) * influence[$1] * influence[$1]
      }
      guard single > 0 else { continue }
      var shared = 0.0
      for first in influence.indices where influence[first] != 0 {
        for second in first..<influence.count {
          let count = pairs.pairs[first * influence.count + second]
          if count > 0 { shared += Double(count) * influence[first] * influence[second] }
        }
      }
      factors[check] = max(1, 1 + 2 * shared / single)
    }
    let predictions = pairs.rows.reduce(0, +)
    self.init(factors, customers: pairs.customers, predictions: predictions)
    guard predictions > 0 else { return }
    self.factors[Self.rowsName] = 1 + 2 * Double(pairs.pairs.reduce(0, +)) / Double(predictions)
  }
}

/// Kinds of predictions with how each moves the metrics.
private struct PairBins {
  /// One kind: its rows, score, decision and label, the latter as numbers.
  struct Kind {
    let rows: Double
    let group: Int
    let score: Double
    let flag: Double
    let label: Double
  }

  let kinds: [Kind]

  init(_ pairs: CustomerPairs, binning: NumericBinning) {
    // A group's score is the mean of its bins in the reference.
    var sums: [Int: (score: Double, count: Double)] = [:]
    for (offset, bin) in binning.inner.enumerated() where offset < binning.means.count {
      let group = binning.group(ofBin: bin)
      sums[group, default: (0, 0)].score += binning.means[offset]
      sums[group, default: (0, 0)].count += 1
    }
    kinds = pairs.rows.indices.map { index in
      let meaning = CustomerPairs.meaning(index)
      let sum = sums[meaning.group] ?? (0.5, 1)
      return Kind(
        rows: Double(pairs.rows[index]),
        group: meaning.group,
        score: min(1 - 1e-9, max(1e-9, sum.score / sum.count)),
        flag: meaning.isFlagged ? 1 : 0,
        label: meaning.isPositive ? 1 : 0
      )
    }
  }

  private func sum(_ value: (Kind) -> Double) -> Double {
    kinds.reduce(0) { $0 + $1.rows * value($1) }
  }

  /// ψ of a mean of `value` over the predictions with `isIn` = 1.
  private func share(_ value: (Kind) -> Double, of isIn: (Kind) -> Double = { _ in 1 }) -> [Double]
  {
    let count = sum(isIn)
    guard count > 0 else { return kinds.map { _ in 0 } }
    let mean = sum { isIn($0) * value($0) } / count
    return kinds.map { isIn($0) * (value($0) - mean) }
  }

  var influences: [(CheckName, [Double])] {
    [
      (.prevalence, share(\.label)),
      (.accuracy, share { $0.flag == $0.label ? 1 : 0 }),
      (.recall, share(\.flag, of: \.label)),
      (.precision, share(\.label, of: \.flag)),
      (.f1, share({ $0.flag * $0.label }, of: { max($0.flag, $0.label) })),
      (.lift, lift),
      (.auc, auc),
      (.brier, share { ($0.label - $0.score) * ($0.label - $0.score) }),
      (.logLoss, share { -log($0.label == 1 ? $0.score : 1 - $0.score) }),
      (.calibrationLevel, share { $0.label - $0.score }),
      (.calibrationSlope, slope),
      (.spiegelhalter, kinds.map { ($0.label - $0.score) * (1 - 2 * $0.score) }),
    ]
  }

  /// ψ of ln lift = ln TP − ln flagged − ln churners + ln n.
  private var lift: [Double] {
    let (hits, flagged) = (sum { $0.flag * $0.label }, sum(\.flag))
    let (churners, all) = (sum(\.label), sum { _ in 1 })
    guard hits > 0 else { return kinds.map { _ in 0 } }
    return kinds.map {
      $0.flag * $0.label / hits - $0.flag / flagged - $0.label / churners + 1 / all
    }
  }

  /// ψ of the area: a churner's placement among the others, and the reverse (DeLong and others,
  /// 1988).
  private var auc: [Double] {
    let (churners, others) = (sum(\.label), sum { 1 - $0.label })
    guard churners > 0, others > 0 else { return kinds.map { _ in 0 } }
    func below(_ kind: Kind, _ count: (Kind) -> Double) -> Double {
      sum { other in
        let place = other.score < kind.score ? 1 : other.score == kind.score ? 0.5 : 0
        return place * count(other)
      }
    }
    let placements = kinds.map { kind in
      kind.label == 1
        ? below(kind) { 1 - $0.label } / others : 1 - below(kind, \.label) / churners
    }
    let area =
      zip(kinds, placements).reduce(0) { $0 + $1.0.rows * $1.0.label * $1.1 } / churners
    return zip(kinds, placements).map { kind, placement in
      (placement - area) / (kind.label == 1 ? churners : others)
    }
  }

  /// ψ of the slope of a logistic line through logit score, but for a constant.
  private var slope: [Double] {
    let x = kinds.map { LogitInterval.logit($0.score) }
    let points = zip(kinds, x).map { kind, x in
      LogisticLine.Point(x: x, positives: kind.rows * kind.label, count: kind.rows)
    }
    guard let fit = LogisticLine.fit(points.filter { $0.count > 0 }) else {
      return kinds.map { _ in 0 }
    }
    let chances = x.map { LogitInterval.logistic(fit.intercept + fit.slope * $0) }
    let weights = zip(kinds, chances).map { $0.rows * $1 * (1 - $1) }
    let centre = zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
    return kinds.indices.map { (x[$0] - centre) * (kinds[$0].label - chances[$0]) }
  }
}
