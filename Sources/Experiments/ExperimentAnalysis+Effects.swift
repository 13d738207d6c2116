// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Profiles
import Statistics

/// Estimates, with the guarantee that the kind of interim look gives.
extension ExperimentAnalysis {
  private func isMature(_ arm: String, _ metric: Int) -> Bool {
    sums(arm, metric).count == assigned(arm)
  }

  /// What kind of interim look this is.
  func look(_ maturity: ExperimentResult.Maturity) -> ExperimentResult.InterimLook {
    let planned = input.looks.customers ?? maturity.assigned
    let next = input.looks.next(after: input.asOf)
    let hasReviews = !input.looks.reviews.isEmpty
    let isLast =
      maturity.isFinal && (maturity.assigned >= planned || hasReviews && next == nil)
    return ExperimentResult.InterimLook(
      kind: input.looks.kind(at: input.asOf, matured: maturity.matured, isLast: isLast),
      number: input.looks.log.count { $0.at < input.asOf } + 1,
      matured: maturity.matured,
      fraction: planned > 0 ? Double(maturity.matured) / Double(planned) : 0,
      planned: planned,
      hasReviews: hasReviews,
      next: next,
      isFinal: isLast
    )
  }

  func effects(_ look: ExperimentResult.InterimLook) -> [ExperimentResult.Effect] {
    var effects: [ExperimentResult.Effect] = []
    for (index, metric) in input.metrics.enumerated() {
      let found = treatedArms.compactMap { arm -> (String, Contrast, Contrast?)? in
        guard let contrast = contrast(index, arm), contrast.smallestCell >= Self.smallestCell else {
          return nil
        }
        let adjusted =
          input.hasCovariate && metric.kind != .ratio
          ? Contrast.adjusted(control: contrast.control, treated: contrast.treated) : nil
        return (arm, contrast, adjusted)
      }
      let decisive = found.map { arm, contrast, adjusted in
        self.decisive(adjusted ?? contrast, arm: arm, metric: index, at: look)
      }
      let corrected = index == 0 ? Multiplicity.holm(decisive.map(\.p)) : decisive.map(\.p)
      for (number, (arm, contrast, adjusted)) in found.enumerated() {
        let best = adjusted ?? contrast
        let improvement = metric.isLowerBetter ? -best.difference : best.difference
        effects.append(
          ExperimentResult.Effect(
            metric: metric,
            isPrimary: index == 0,
            isFinal: isMature(input.control, index) && isMature(arm, index),
            arm: arm,
            contrast: contrast,
            adjusted: adjusted,
            interval: decisive[number].interval,
            p: decisive[number].p,
            adjustedP: corrected[number],
            belief: Belief(
              improvement,
              standardError: best.standardError,
              priorDeviation: input.priorDeviation
            ),
            perReached: perReached(best, arm)
          )
        )
      }
    }
    return effects
  }

  /// The interval and p-value that decide now.
  private func decisive(
    _ best: Contrast,
    arm: String,
    metric: Int,
    at look: ExperimentResult.InterimLook
  ) -> (interval: Interval, p: Double) {
    if metric == 0, look.kind == .planned, look.hasReviews,
      let planned = input.looks.planned(
        best.difference,
        standardError: best.standardError,
        arm: arm,
        matured: look.matured,
        fraction: look.fraction,
        isLast: look.isFinal
      )
    {
      return (planned.interval, planned.p)
    }
    let isDone =
      isMature(input.control, metric) && isMature(arm, metric) && look.isAssigned
    if isDone, metric > 0 || !look.hasReviews { return (best.interval, best.p) }
    let assigned = assigned(input.control) + assigned(arm)
    // The share of the two arms of what is planned for all.
    let all = armNames.reduce(0) { $0 + self.assigned($1) }
    let planned = max(
      assigned,
      Int(Double(look.planned) * Double(assigned) / Double(max(1, all)))
    )
    let sequence = ConfidenceSequence(planned: planned)
    let count = best.control.count + best.treated.count
    return (
      sequence.interval(best.difference, standardError: best.standardError, count: count),
      sequence.p(best.difference, standardError: best.standardError, count: count)
    )
  }

  /// The effect on those who were reached, if those who were not had none.
  ///
  /// The difference over the difference of the shares reached (J. Angrist, G. Imbens, D. Rubin
  /// 1996).
  private func perReached(_ best: Contrast, _ arm: String) -> (value: Double, interval: Interval)? {
    guard input.hasExposures else { return nil }
    // Of those whom the difference is about.
    func count(_ arm: String) -> Int {
      input.cells.reduce(0) { $0 + ($1.arm == arm ? $1.reachedMature : 0) }
    }
    func share(_ arm: String) -> Double {
      Double(count(arm)) / Double(max(1, sums(arm, 0).count))
    }
    // The share of a few reached controls could be computed from it.
    guard !(1..<Self.smallestCell).contains(count(input.control)) else { return nil }
    let rate = share(arm) - share(input.control)
    guard rate > 0.01 else { return nil }
    let value = best.difference / rate
    let error =
      (best.standardError / rate) * (best.standardError / rate)
      + value * value * (share(arm) * (1 - share(arm)) / Double(max(1, assigned(arm))))
      / (rate * rate)
    return (value, Interval(estimate: value, standardError: error.squareRoot()))
  }

  /// What guardrails say: harmed, not shown safe, or safe.
  ///
  /// All of them, also those of which too few customers are known for figures to be shown.
  func guardrails(_ look: ExperimentResult.InterimLook) -> [ExperimentResult.Guardrail] {
    input.metrics.indices.filter { input.metrics[$0].role == .guardrail }.flatMap { index in
      treatedArms.map { arm in
        let metric = input.metrics[index]
        guard let contrast = contrast(index, arm) else {
          return ExperimentResult.Guardrail(
            metric: metric,
            arm: arm,
            state: .notShownSafe,
            worse: nil
          )
        }
        let adjusted =
          input.hasCovariate && metric.kind != .ratio
          ? Contrast.adjusted(control: contrast.control, treated: contrast.treated) : nil
        let interval = decisive(adjusted ?? contrast, arm: arm, metric: index, at: look).interval
        let worse =
          metric.isLowerBetter
          ? interval : Interval(lower: -interval.upper, upper: -interval.lower)
        let state: ExperimentResult.Guardrail.State =
          worse.lower > metric.margin
          ? .harmed : worse.upper < metric.margin ? .safe : .notShownSafe
        return ExperimentResult.Guardrail(
          metric: metric,
          arm: arm,
          state: state,
          worse: contrast.smallestCell >= Self.smallestCell ? worse : nil
        )
      }
    }
  }

  /// How many more customers the planned effect takes, and in how many days they come; nil where no
  /// effect was planned, or enough are mature.
  func customersMissing(
    _ effects: [ExperimentResult.Effect],
    _ look: ExperimentResult.InterimLook
  ) -> (customers: Int, days: Int?)? {
    guard !look.isFinal, let effect = input.next.effect, effect > 0,
      let primary = effects.first(where: \.isPrimary), primary.best.standardError > 0
    else { return nil }
    let counts = [primary.best.control.count, primary.best.treated.count].map(Double.init)
    let all = Double(armNames.reduce(0) { $0 + sums($1, 0).count })
    guard all > 0, counts.allSatisfy({ $0 > 0 }) else { return nil }
    let size = SampleSize(
      control: counts[0] / all,
      treated: counts[1] / all,
      arms: max(1, treatedArms.count)
    )
    let missing = size.customersMissing(
      effect: effect,
      standardError: primary.best.standardError,
      customers: Int(all)
    )
    guard let missing, missing > 0 else { return nil }
    let today = Int((Double(input.asOf.microseconds) / 86_400e6).rounded(.down))
    let first = input.entries.map(\.day.dayNumber).min() ?? today
    let recent = input.entries.filter { $0.day.dayNumber > today - 14 }
    let inflow =
      Double(recent.reduce(0) { $0 + $1.assigned }) / Double(min(14, max(1, today - first + 1)))
    let waiting = input.entries.reduce(0) { $0 + $1.assigned - $1.matured }
    let toCome = Double(max(0, missing - waiting))
    guard toCome > 0 else { return (missing, 0) }
    return (missing, inflow > 0 ? Int(exactly: (toCome / inflow).rounded(.up)) : nil)
  }
}

/// What is believed of an effect: the chance that it is an improvement, and what is lost on average
/// by a wrong decision.
package struct Belief: Sendable, Hashable {
  package let chanceToWin: Double
  /// Per customer, by treating though it does harm, and by not treating though it helps.
  package let lossIfTreated: Double
  package let lossIfNot: Double
  /// The standard deviation of the prior around no effect; nil for a flat one.
  package let priorDeviation: Double?

  /// The posterior of a normal effect with a normal prior around nothing.
  init(_ improvement: Double, standardError: Double, priorDeviation: Double?) {
    self.priorDeviation = priorDeviation
    var (mean, error) = (improvement, standardError)
    if let prior = priorDeviation, prior > 0, error > 0 {
      let precision = 1 / (prior * prior) + 1 / (error * error)
      mean = improvement / (error * error) / precision
      error = (1 / precision).squareRoot()
    }
    guard error > 0 else {
      chanceToWin = mean > 0 ? 1 : mean < 0 ? 0 : 0.5
      (lossIfTreated, lossIfNot) = (max(0, -mean), max(0, mean))
      return
    }
    let z = mean / error
    let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    chanceToWin = Normal.upperTail(-z)
    lossIfTreated = max(0, error * density - mean * Normal.upperTail(z))
    lossIfNot = max(0, error * density + mean * Normal.upperTail(-z))
  }
}
