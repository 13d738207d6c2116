// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// Compares the arms of a campaign and says what to do.
package struct ExperimentAnalysis: Sendable {
  let input: ExperimentInput

  /// Customers of a cell, or successes and failures in it, below which it is not shown.
  package static let smallestCell = 10

  package init(_ input: ExperimentInput) { self.input = input }

  package var result: ExperimentResult {
    let maturity = maturity
    let health = health(maturity)
    let effects = effects(isFinal: maturity.isFinal)
    let tiers = tiers()
    var money: [String: NetBenefit] = [:]
    for arm in treatedArms {
      guard let primary = effects.first(where: { $0.arm == arm }) else { continue }
      money[arm] = self.money(primary.improvement, primary.best.standardError, arm, tier: nil)
    }
    let judge = ExperimentJudge(
      metric: input.metrics[0],
      maturity: maturity,
      health: health,
      hasMoney: input.prices != nil
    )
    let verdicts = judge.verdicts(
      effects.filter { $0.metric.name == input.metrics[0].name },
      tiers,
      money
    )
    return ExperimentResult(
      name: input.name,
      asOf: input.asOf,
      health: health,
      arms: armNames.map { arm in
        ExperimentResult.Arm(
          name: arm,
          isControl: arm == input.control,
          assigned: cells(arm).reduce(0) { $0 + $1.assigned },
          matured: sums(arm, 0).count
        )
      },
      maturity: maturity,
      guarantee: maturity.isFinal
        ? "all customers are mature: each interval holds with 95 % at this look"
        : "customers are still maturing: intervals hold with 95 % at all looks together, however often one looks",
      effects: effects,
      tiers: tiers,
      money: money,
      verdicts: verdicts
    )
  }

  var armNames: [String] {
    let names = Set(input.cells.map(\.arm)).sorted()
    return names.filter { $0 == input.control } + names.filter { $0 != input.control }
  }

  var treatedArms: [String] { armNames.filter { $0 != input.control } }

  func cells(_ arm: String, tier: String? = nil) -> [ExperimentInput.Cell] {
    input.cells.filter { $0.arm == arm && (tier == nil || $0.tier == tier) }
  }

  func sums(_ arm: String, _ metric: Int, tier: String? = nil) -> ArmSums {
    cells(arm, tier: tier).reduce(into: ArmSums.empty) { $0.merge($1.metrics[metric]) }
  }

  private func contrast(_ metric: Int, _ arm: String, tier: String? = nil) -> Contrast? {
    let control = sums(input.control, metric, tier: tier)
    let treated = sums(arm, metric, tier: tier)
    return input.metrics[metric].kind == .event
      ? .proportions(control: control, treated: treated)
      : .means(control: control, treated: treated)
  }

  // MARK: Estimates

  private func effects(isFinal: Bool) -> [ExperimentResult.Effect] {
    var effects: [ExperimentResult.Effect] = []
    for (index, metric) in input.metrics.enumerated() {
      let found = treatedArms.compactMap { arm -> (String, Contrast, Contrast?)? in
        guard let contrast = contrast(index, arm) else { return nil }
        let adjusted =
          input.hasCovariate
          ? Contrast.adjusted(control: contrast.control, treated: contrast.treated) : nil
        return (arm, contrast, adjusted)
      }
      let looks = found.map { arm, contrast, adjusted -> (interval: Interval, p: Double) in
        let best = adjusted ?? contrast
        guard !isFinal else { return (best.interval, best.p) }
        let planned = (cells(input.control) + cells(arm)).reduce(0) { $0 + $1.assigned }
        let sequence = ConfidenceSequence(planned: planned)
        let count = contrast.control.count + contrast.treated.count
        return (
          sequence.interval(best.difference, standardError: best.standardError, count: count),
          sequence.p(best.difference, standardError: best.standardError, count: count)
        )
      }
      let corrected = index == 0 ? Multiplicity.holm(looks.map(\.p)) : looks.map(\.p)
      for (number, (arm, contrast, adjusted)) in found.enumerated() {
        effects.append(
          ExperimentResult.Effect(
            metric: metric,
            arm: arm,
            contrast: contrast,
            adjusted: adjusted,
            interval: looks[number].interval,
            p: looks[number].p,
            adjustedP: corrected[number]
          )
        )
      }
    }
    return effects
  }

  private func tiers() -> [ExperimentResult.Tier] {
    guard input.hasTiers else { return [] }
    let names = Set(input.cells.map(\.tier)).sorted()
    return treatedArms.flatMap { arm -> [ExperimentResult.Tier] in
      let contrasts = names.map { contrast(0, arm, tier: $0) }
      let hidden = Self.hidden(contrasts)
      // Tiers that are not shown are looked at too, and take their share of the chances.
      let told = contrasts.indices.filter { contrasts[$0] != nil }
      let corrected = Multiplicity.benjaminiHochberg(told.map { contrasts[$0]?.p ?? 1 })
      return names.indices.map { index in
        let assigned = cells(arm, tier: names[index]).reduce(0) { $0 + $1.assigned }
        guard !hidden.contains(index), let place = told.firstIndex(of: index),
          let contrast = contrasts[index]
        else {
          return ExperimentResult.Tier(
            name: names[index],
            arm: arm,
            assigned: assigned,
            contrast: nil,
            adjustedP: nil,
            money: nil,
            isHarmed: false,
            isHelped: false
          )
        }
        let better = input.metrics[0].isLowerBetter ? -contrast.difference : contrast.difference
        let money = money(better, contrast.standardError, arm, tier: names[index])
        let isClear = corrected[place] < 0.05
        return ExperimentResult.Tier(
          name: names[index],
          arm: arm,
          assigned: assigned,
          contrast: contrast,
          adjustedP: corrected[place],
          money: money,
          isHarmed: isClear && better < 0,
          isHelped: isClear && better > 0 && (money?.net ?? 1) > 0
        )
      }
    }
  }

  /// The tiers that must not be shown: too small ones, and where that is one only the next smallest, since it
  /// could be reckoned from the totals.
  private static func hidden(_ contrasts: [Contrast?]) -> Set<Int> {
    func smallest(_ contrast: Contrast?) -> Int {
      guard let contrast else { return 0 }
      return [contrast.control, contrast.treated].flatMap { sums -> [Int] in
        let successes = Int(sums.total.rounded())
        let isShare = sums.mean >= 0 && sums.mean <= 1
        return isShare ? [successes, sums.count - successes] : [sums.count]
      }.min() ?? 0
    }
    let sizes = contrasts.map(smallest)
    // Cells of nobody tell nothing of anybody.
    var hidden = Set(sizes.indices.filter { sizes[$0] < smallestCell })
    if hidden.count == 1,
      let next = sizes.indices.filter({ !hidden.contains($0) }).min(by: { sizes[$0] < sizes[$1] })
    {
      hidden.insert(next)
    }
    return hidden
  }

  private func money(_ improvement: Double, _ error: Double, _ arm: String, tier: String?)
    -> NetBenefit?
  {
    guard let prices = input.prices else { return nil }
    let mine = cells(arm, tier: tier)
    return NetBenefit(
      improvement: improvement,
      standardError: error,
      customers: mine.reduce(0) { $0 + $1.assigned },
      prices: prices,
      measuredCost: mine.reduce(0) { $0 + $1.cost }
    )
  }

  // MARK: Maturity

  private var maturity: ExperimentResult.Maturity {
    let days = input.entries.sorted { $0.day.dayNumber < $1.day.dayNumber }
    let assigned = days.reduce(0) { $0 + $1.assigned }
    let horizon = Int(input.metrics[0].horizon.days.rounded(.up))
    func date(_ share: Double) -> CivilDate? {
      var sum = 0
      for day in days {
        sum += day.assigned
        if Double(sum) >= share * Double(assigned) {
          // On the day after the horizon of the last of them.
          return CivilDate(dayNumber: day.day.dayNumber + horizon + 1)
        }
      }
      return nil
    }
    return ExperimentResult.Maturity(
      assigned: assigned,
      matured: days.reduce(0) { $0 + $1.matured },
      mostBy: date(0.8),
      allBy: date(1)
    )
  }
}
