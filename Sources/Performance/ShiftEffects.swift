// SPDX-License-Identifier: Apache-2.0
package import Findings
import Profiles
import Statistics

/// Counts of one subject's groups: predictions, and what became of them by one label age.
package struct GroupFates: Sendable {
  package var rows: [Int]
  package var caught: [Int]
  package var missed: [Int]
  package var falseAlarms: [Int]

  package init(rows: [Int], caught: [Int], missed: [Int], falseAlarms: [Int]) {
    precondition(Set([rows.count, caught.count, missed.count, falseAlarms.count]).count == 1)
    self.rows = rows
    self.caught = caught
    self.missed = missed
    self.falseAlarms = falseAlarms
  }
}

/// What the shift of one subject does to recall and to the share of wrong decisions.
///
/// *Distribution*: the reference's rates within the subject's groups at the window's mix of groups, less
/// the reference's figure: what moves if nothing but this subject's distribution does (covariate shift;
/// H. Zhang et al., ICML 2023, for one subject at a time). *Behaviour*: the same with the window's own
/// rates of churn within the groups, less the former: what moves because customers of the same group
/// churn at other rates (concept shift), the model treating them as before. The two add up to the effect
/// of the changed mix of churners (E. Kitagawa 1955).
///
/// Errors by the delta method for the multinomial counts of both sides, those of the reference's rates
/// included. Each rate is drawn towards that of all rows by one row, so that a group which the reference
/// hardly had is taken for an ordinary one.
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
  /// - `outcomes`: Of the window, the same groups; nil before labels tell.
  /// - `dispersion`: How much more counts vary than those of independent rows, at least 1.
  package init?(
    reference: GroupFates,
    window: [Int],
    outcomes: GroupFates?,
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
      let churners = zip(outcomes.caught, outcomes.missed).map { Double($0 + $1) }
      if churners.reduce(0, +) > 0 { churned = Churned(churners) }
    }
    let scale = dispersion.squareRoot()
    func effect(_ value: Double, _ variance: Double) -> Effect {
      Effect(value, standardError: scale * max(0, variance).squareRoot())
    }
    let recallMove = base.recallOfMix(moved, shares, total)
    let lossMove = base.lossOfMix(moved, shares, total)
    let recallTurn = churned.map { base.recallOfChurn(moved, shares, total, $0) }
    let lossTurn = churned.map { base.lossOfChurn(shares, total, $0) }
    recall = EffectParts(
      distribution: effect(recallMove.value, recallMove.variance),
      behaviour: recallTurn.map { effect($0.value, $0.variance) }
    )
    loss = EffectParts(
      distribution: effect(lossMove.value, lossMove.variance),
      behaviour: lossTurn.map { effect($0.value, $0.variance) }
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
    let counts: GroupFates
    /// Rows; share of caught churners, of churners, of wrong decisions; recall.
    let size: [Double]
    let caught: [Double]
    let churn: [Double]
    let wrong: [Double]
    let hit: [Double]
    /// Churners by group, smoothed as the recall is; shares of all churners.
    let known: [Double]
    let mix: [Double]

    init(_ counts: GroupFates) {
      self.counts = counts
      func sum(_ values: [Int]) -> Double { Double(values.reduce(0, +)) }
      let rows = sum(counts.rows)
      let (caughtAll, missedAll) = (sum(counts.caught), sum(counts.missed))
      let wrongAll = missedAll + sum(counts.falseAlarms)
      let churners = caughtAll + missedAll
      let recall = churners > 0 ? caughtAll / churners : 0
      let size = counts.rows.map { Double($0) + 1 }
      func rates(_ values: [Double], _ all: Double) -> [Double] {
        zip(values, size).map { rows > 0 ? ($0 + all / rows) / $1 : 0 }
      }
      let churned = zip(counts.caught, counts.missed).map { Double($0 + $1) }
      (self.rows, self.churners, self.recall, self.size) = (rows, churners, recall, size)
      loss = rows > 0 ? wrongAll / rows : 0
      caught = rates(counts.caught.map(Double.init), caughtAll)
      churn = rates(churned, churners)
      wrong = rates(zip(counts.missed, counts.falseAlarms).map { Double($0 + $1) }, wrongAll)
      known = churned.map { $0 + 1 }
      hit = zip(counts.caught, churned).map { (Double($0) + recall) / ($1 + 1) }
      mix = churned.map { churners > 0 ? $0 / churners : 0 }
    }

    /// The sum over the reference's rows of the squared influence of each: given by group for a caught
    /// churner, a missed one, a false alarm and any other row.
    func variance(
      _ influence: (Int) -> (caught: Double, missed: Double, falseAlarm: Double, other: Double)
    ) -> Double {
      var sum = 0.0
      for group in counts.rows.indices {
        let (a, b, f) = (counts.caught[group], counts.missed[group], counts.falseAlarms[group])
        let rest = Double(max(0, counts.rows[group] - a - b - f))
        let values = influence(group)
        sum += Double(a) * values.caught * values.caught + Double(b) * values.missed * values.missed
        sum +=
          Double(f) * values.falseAlarm * values.falseAlarm + rest * values.other * values.other
      }
      return sum
    }

    func recallOfMix(_ moved: Moved, _ shares: [Double], _ total: Double)
      -> (value: Double, variance: Double)
    {
      var variance = 0.0
      for (group, share) in shares.enumerated() {
        let push = (caught[group] - moved.recall * churn[group]) / moved.churn
        variance += share * push * push / total
      }
      variance += self.variance { group in
        let weight = shares[group] / size[group] / moved.churn
        let other = weight * (moved.recall * churn[group] - caught[group])
        return (
          other + weight * (1 - moved.recall) - (1 - recall) / churners,
          other - weight * moved.recall + recall / churners, other, other
        )
      }
      return (moved.recall - recall, variance)
    }

    func lossOfMix(_ moved: Moved, _ shares: [Double], _ total: Double)
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

    func recallOfChurn(_ moved: Moved, _ shares: [Double], _ total: Double, _ churned: Churned)
      -> (value: Double, variance: Double)
    {
      let value = zip(churned.mix, hit).reduce(0) { $0 + $1.0 * $1.1 }
      var variance = 0.0
      for (group, share) in shares.enumerated() {
        let move = (caught[group] - moved.recall * churn[group]) / moved.churn / total
        let turn = (hit[group] - value) / churned.count
        let churners = churned.counts[group]
        variance += churners * (turn - move) * (turn - move)
        variance += max(0, share * total - churners) * move * move
      }
      variance += self.variance { group in
        let weight = shares[group] / size[group] / moved.churn
        let other = -weight * (moved.recall * churn[group] - caught[group])
        let turn = churned.mix[group] / known[group]
        return (
          other - weight * (1 - moved.recall) + turn * (1 - hit[group]),
          other + weight * moved.recall - turn * hit[group], other, other
        )
      }
      return (value - moved.recall, variance)
    }

    func lossOfChurn(_ shares: [Double], _ total: Double, _ churned: Churned)
      -> (value: Double, variance: Double)
    {
      // A churner more in a group is a miss with chance 1 − recall and one false alarm fewer with recall.
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
        let turn = 2 * excess[group] / known[group]
        return (
          other - weight - turn * (1 - hit[group]), other - weight + turn * hit[group], other, other
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
      recall = churn > 0 ? mean(rates.caught) / churn : 0
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
