// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// Counts of one subject's groups: predictions, and what became of them by one label age.
package struct GroupConfusionCounts: Sendable {
  package var rows: [Int]
  package var truePositives: [Int]
  package var falseNegatives: [Int]
  package var falsePositives: [Int]

  package init(rows: [Int], truePositives: [Int], falseNegatives: [Int], falsePositives: [Int]) {
    precondition(
      Set([rows.count, truePositives.count, falseNegatives.count, falsePositives.count]).count == 1
    )
    self.rows = rows
    self.truePositives = truePositives
    self.falseNegatives = falseNegatives
    self.falsePositives = falsePositives
  }
}

/// What the shift of one subject does to recall and to the share of wrong decisions.
///
/// *Distribution*: the reference's rates within the subject's groups at the window's mix of groups,
/// less the reference's figure: what moves if nothing but this subject's distribution does
/// (covariate shift; H. Zhang et al., ICML 2023, for one subject at a time). *Behaviour*: the same
/// with the window's own rates of churn within the groups, less the former: what moves because
/// customers of the same group churn at other rates (concept shift), the model treating them as
/// before. The two add up to the effect of the changed mix of churners (E. Kitagawa 1955).
///
/// Errors by the delta method for the multinomial counts of both sides, those of the reference's
/// rates included. Each rate is drawn towards that of all rows by one row, so that a group which
/// the reference hardly had is taken for an ordinary one.
///
/// - Complexity: O(groups).
package struct ShiftEffects: Sendable {
  package let recall: EffectParts
  package let loss: EffectParts
  /// The group that moves recall most in the direction of the effect, or else the loss.
  package let group: Int

  /// Effects between a reference and a window; nil where there is nothing to compare.
  ///
  /// - `window`: Its rows by group.
  /// - `outcomes`: Of the window, the same groups; nil before labels are known.
  /// - `dispersion`: How much more counts vary than those of independent rows, at least 1.
  package init?(
    reference: GroupConfusionCounts,
    window: [Int],
    outcomes: GroupConfusionCounts?,
    dispersion: Double = 1
  ) {
    let base = Rates(reference)
    let total = Double(window.reduce(0, +))
    guard base.rows > 0, base.churners > 0, total > 0 else { return nil }
    let shares = window.map { Double($0) / total }
    let moved = Moved(base, shares)
    guard moved.churn > 0 else { return nil }
    var churned: Churned?
    if let outcomes {
      let churners = zip(outcomes.truePositives, outcomes.falseNegatives).map { Double($0 + $1) }
      if churners.reduce(0, +) > 0 { churned = Churned(churners) }
    }
    let scale = dispersion.squareRoot()
    func effect(_ value: Double, _ variance: Double) -> Effect {
      Effect(value, standardError: scale * max(0, variance).squareRoot())
    }
    let recallMove = base.recallOfMix(moved, shares: shares, total: total)
    let lossMove = base.lossOfMix(moved, shares: shares, total: total)
    let recallBehaviour = churned.map {
      base.recallOfChurn($0, moved: moved, shares: shares, total: total)
    }
    let lossBehaviour = churned.map { base.lossOfChurn($0, shares: shares, total: total) }
    recall = EffectParts(
      distribution: effect(recallMove.value, recallMove.variance),
      behaviour: recallBehaviour.map { effect($0.value, $0.variance) }
    )
    loss = EffectParts(
      distribution: effect(lossMove.value, lossMove.variance),
      behaviour: lossBehaviour.map { effect($0.value, $0.variance) }
    )
    let mix = churned?.mix ?? shares.indices.map { shares[$0] * base.churn[$0] / moved.churn }
    let direction = recall.total < 0 ? -1.0 : 1.0
    let pushes = shares.indices.map { group in
      direction * (mix[group] - base.mix[group]) * (base.hit[group] - base.recall)
    }
    group = pushes.indices.max { pushes[$0] < pushes[$1] } ?? 0
  }

  /// The reference's rates by group.
  private struct Rates {
    let rows: Double
    let churners: Double
    let recall: Double
    let loss: Double
    let counts: GroupConfusionCounts
    /// Rows; share of true positives, of churners, of wrong decisions; recall.
    let size: [Double]
    let truePositives: [Double]
    let churn: [Double]
    let wrong: [Double]
    let hit: [Double]
    /// Churners by group, smoothed as the recall is; shares of all churners.
    let known: [Double]
    let mix: [Double]

    init(_ counts: GroupConfusionCounts) {
      self.counts = counts
      func sum(_ values: [Int]) -> Double { Double(values.reduce(0, +)) }
      let rows = sum(counts.rows)
      let (allTruePositives, allFalseNegatives) = (
        sum(counts.truePositives), sum(counts.falseNegatives)
      )
      let allWrong = allFalseNegatives + sum(counts.falsePositives)
      let churners = allTruePositives + allFalseNegatives
      let recall = churners > 0 ? allTruePositives / churners : 0
      let size = counts.rows.map { Double($0) + 1 }
      func rates(_ values: [Double], _ all: Double) -> [Double] {
        zip(values, size).map { rows > 0 ? ($0 + all / rows) / $1 : 0 }
      }
      let churned = zip(counts.truePositives, counts.falseNegatives).map { Double($0 + $1) }
      (self.rows, self.churners, self.recall, self.size) = (rows, churners, recall, size)
      loss = rows > 0 ? allWrong / rows : 0
      truePositives = rates(counts.truePositives.map(Double.init), allTruePositives)
      churn = rates(churned, churners)
      wrong = rates(
        zip(counts.falseNegatives, counts.falsePositives).map { Double($0 + $1) },
        allWrong
      )
      known = churned.map { $0 + 1 }
      hit = zip(counts.truePositives, churned).map { (Double($0) + recall) / ($1 + 1) }
      mix = churned.map { churners > 0 ? $0 / churners : 0 }
    }

    /// The sum over the reference's rows of the squared influence of each: by group for a true
    /// positive, a false negative, a false positive and any other row.
    func variance(
      _ influence: (Int) -> (
        truePositive: Double, falseNegative: Double, falsePositive: Double, other: Double
      )
    ) -> Double {
      var sum = 0.0
      for group in counts.rows.indices {
        let (a, b, f) = (
          counts.truePositives[group], counts.falseNegatives[group], counts.falsePositives[group]
        )
        let rest = Double(max(0, counts.rows[group] - a - b - f))
        let values = influence(group)
        sum +=
          Double(a) * values.truePositive * values.truePositive + Double(b) * values.falseNegative
          * values.falseNegative
        sum +=
          Double(f) * values.falsePositive * values.falsePositive + rest * values.other
          * values.other
      }
      return sum
    }

    func recallOfMix(_ moved: Moved, shares: [Double], total: Double)
      -> (value: Double, variance: Double)
    {
      var variance = 0.0
      for (group, share) in shares.enumerated() {
        let push = (truePositives[group] - moved.recall * churn[group]) / moved.churn
        variance += share * push * push / total
      }
      variance += self.variance { group in
        let weight = shares[group] / size[group] / moved.churn
        let other = weight * (moved.recall * churn[group] - truePositives[group])
        return (
          other + weight * (1 - moved.recall) - (1 - recall) / churners,
          other - weight * moved.recall + recall / churners, other, other
        )
      }
      return (moved.recall - recall, variance)
    }

    func lossOfMix(_ moved: Moved, shares: [Double], total: Double)
      -> (value: Double, variance: Double)
    {
      var variance = 0.0
      for (group, share) in shares.enumerated() {
        let push = wrong[group] - moved.loss
        variance += share * push * push / total
      }
      variance += self.variance { group in
        let weight = shares[group] / size[group]
        let right = loss / rows - weight * wrong[group]
        let bad = weight * (1 - wrong[group]) - (1 - loss) / rows
        return (right, bad, bad, right)
      }
      return (moved.loss - loss, variance)
    }

    func recallOfChurn(_ churned: Churned, moved: Moved, shares: [Double], total: Double)
      -> (value: Double, variance: Double)
    {
      let value = zip(churned.mix, hit).reduce(0) { $0 + $1.0 * $1.1 }
      var variance = 0.0
      for (group, share) in shares.enumerated() {
        let move = (truePositives[group] - moved.recall * churn[group]) / moved.churn / total
        let gain = (hit[group] - value) / churned.count
        let churners = churned.counts[group]
        variance += churners * (gain - move) * (gain - move)
        variance += max(0, share * total - churners) * move * move
      }
      variance += self.variance { group in
        let weight = shares[group] / size[group] / moved.churn
        let other = -weight * (moved.recall * churn[group] - truePositives[group])
        let gain = churned.mix[group] / known[group]
        return (
          other - weight * (1 - moved.recall) + gain * (1 - hit[group]),
          other + weight * moved.recall - gain * hit[group], other, other
        )
      }
      return (value - moved.recall, variance)
    }

    func lossOfChurn(_ churned: Churned, shares: [Double], total: Double)
      -> (value: Double, variance: Double)
    {
      // A churner more in a group is a miss with chance 1 − recall and one false positive fewer
      // with recall.
      let price = hit.map { 1 - 2 * $0 }
      let excess = shares.indices.map { churned.counts[$0] / total - shares[$0] * churn[$0] }
      let value = zip(excess, price).reduce(0) { $0 + $1.0 * $1.1 }
      var variance = 0.0
      for (group, share) in shares.enumerated() {
        let stays = (-churn[group] * price[group] - value) / total
        let leaves = stays + price[group] / total
        let churners = churned.counts[group]
        variance += churners * leaves * leaves + max(0, share * total - churners) * stays * stays
      }
      variance += self.variance { group in
        let weight = shares[group] * price[group] / size[group]
        let other = weight * churn[group]
        let gain = 2 * excess[group] / known[group]
        return (
          other - weight - gain * (1 - hit[group]), other - weight + gain * hit[group], other, other
        )
      }
      return (value, variance)
    }
  }

  /// The reference's rates at the window's mix of groups.
  private struct Moved {
    let churn: Double
    let recall: Double
    let loss: Double

    init(_ rates: Rates, _ shares: [Double]) {
      func mean(_ values: [Double]) -> Double {
        zip(shares, values).reduce(0) { $0 + $1.0 * $1.1 }
      }
      churn = mean(rates.churn)
      recall = churn > 0 ? mean(rates.truePositives) / churn : 0
      loss = mean(rates.wrong)
    }
  }

  /// The window's churners by group.
  private struct Churned {
    let counts: [Double]
    let count: Double
    let mix: [Double]

    init(_ counts: [Double]) {
      self.counts = counts
      let count = counts.reduce(0, +)
      self.count = count
      mix = counts.map { $0 / count }
    }
  }
}
