// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// Compares the arms of a campaign and says what to do.
package struct ExperimentAnalysis: Sendable {
  let input: ExperimentInput

  /// Customers of a cell, or successes and failures in it, below which it is not shown.
  package static let smallestCell = 10

  package init(_ input: ExperimentInput) { self.input = input }

  /// A number of customers as it may be told.
  package static func told(_ count: Int) -> String {
    (1..<smallestCell).contains(count) ? "fewer than \(smallestCell)" : "\(count)"
  }

  package var result: ExperimentResult {
    let maturity = maturity
    let health = health(maturity)
    let effects = effects()
    let (tiers, hiddenTiers) = tiers(isFinal: maturity.isFinal)
    var money: [String: NetBenefit] = [:]
    for arm in treatedArms {
      guard let primary = effects.first(where: { $0.isPrimary && $0.arm == arm }) else { continue }
      money[arm] = self.money(primary.improvement, primary.best.standardError, arm, tier: nil)
    }
    let judge = ExperimentJudge(
      metric: input.metrics[0],
      maturity: maturity,
      health: health
    )
    let verdicts = judge.verdicts(
      effects.filter(\.isPrimary),
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
      primary: input.metrics[0],
      guarantee: effects.allSatisfy(\.isFinal)
        ? "all customers are mature: each interval holds with 95 % at this look"
        : "customers are still maturing: intervals of such effects hold with 95 % at all looks together, however "
          + "often one looks; those of lift, tiers and money hold at one look only",
      effects: effects,
      tiers: tiers,
      hiddenTiers: hiddenTiers,
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

  func contrast(_ metric: Int, _ arm: String, tier: String? = nil) -> Contrast? {
    let control = sums(input.control, metric, tier: tier)
    let treated = sums(arm, metric, tier: tier)
    return input.metrics[metric].kind == .event
      ? .proportions(control: control, treated: treated)
      : .means(control: control, treated: treated)
  }

  // MARK: Estimates

  private func isMature(_ arm: String, _ metric: Int) -> Bool {
    sums(arm, metric).count == cells(arm).reduce(0) { $0 + $1.assigned }
  }

  private func effects() -> [ExperimentResult.Effect] {
    var effects: [ExperimentResult.Effect] = []
    for (index, metric) in input.metrics.enumerated() {
      let found = treatedArms.compactMap { arm -> (String, Contrast, Contrast?)? in
        guard let contrast = contrast(index, arm), contrast.smallestCell >= Self.smallestCell else {
          return nil
        }
        let adjusted =
          input.hasCovariate
          ? Contrast.adjusted(control: contrast.control, treated: contrast.treated) : nil
        return (arm, contrast, adjusted)
      }
      let looks = found.map { arm, contrast, adjusted -> (interval: Interval, p: Double) in
        let best = adjusted ?? contrast
        guard !isMature(input.control, index) || !isMature(arm, index) else {
          return (best.interval, best.p)
        }
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
            isPrimary: index == 0,
            isFinal: isMature(input.control, index) && isMature(arm, index),
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

  func money(_ improvement: Double, _ error: Double, _ arm: String, tier: String?)
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
