// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// Effects by tier and by level of a segment, and which may be shown.
extension ExperimentAnalysis {
  /// Tiers decide; segments inform.
  enum Family { case tiers, segment }

  /// Returns the tiers, or levels of a segment, that may be shown, and how many may not.
  ///
  /// - `isFinal`: Whether all customers are mature; before, none is called helped or harmed.
  func tiers(
    of cells: [ExperimentInput.Cell],
    family: Family,
    isFinal: Bool
  ) -> (shown: [ExperimentResult.Tier], hidden: Int) {
    guard armNames.contains(input.control) else { return ([], 0) }
    let names = Set(cells.map(\.tier)).sorted()
    let hidden = hidden(names, cells)
    let shown = treatedArms.flatMap { arm -> [ExperimentResult.Tier] in
      let contrasts = names.map { name in contrast(0, arm, of: cells.filter { $0.tier == name }) }
      // Tiers that are not shown are tested too, and take their share of the chances.
      let tested = contrasts.indices.filter { contrasts[$0] != nil }
      let corrected = Multiplicity.benjaminiHochberg(tested.map { contrasts[$0]?.p ?? 1 })
      return tested.enumerated().compactMap { place, index in
        guard !hidden.contains(names[index]), let contrast = contrasts[index] else { return nil }
        let mine = cells.filter { $0.tier == names[index] }
        let better = input.metrics[0].isLowerBetter ? -contrast.difference : contrast.difference
        let money = money(better, standardError: contrast.standardError, arm: arm, cells: mine)
        let isClear = isFinal && corrected[place] < 0.05
        return ExperimentResult.Tier(
          name: names[index],
          arm: arm,
          assigned: mine.reduce(0) { $0 + ($1.arm == arm ? $1.assigned : 0) },
          customers: mine.reduce(0) { $0 + $1.assigned },
          contrast: contrast,
          adjustedP: corrected[place],
          money: money,
          isHarmed: isClear && better < 0,
          isHelped: isClear && better > 0 && (family == .segment || (money?.net ?? 1) > 0)
        )
      }
    }
    return (shown, hidden.count)
  }

  /// The tiers that must not be shown in any arm: too small ones, with as many of the next smallest
  /// as it takes for the totals not to give them away.
  private func hidden(_ names: [String], _ cells: [ExperimentInput.Cell]) -> Set<String> {
    let counts = Dictionary(
      uniqueKeysWithValues: names.map { name in
        (name, self.counts(cells.filter { $0.tier == name }))
      }
    )
    func smallest(_ name: String) -> Int { counts[name]?.min() ?? 0 }
    var hidden = Set(names.filter { smallest($0) < Self.smallestCell })
    var rest = names.filter { !hidden.contains($0) }.sorted { smallest($0) < smallest($1) }
    func isGivenAway() -> Bool {
      guard !hidden.isEmpty else { return false }
      if hidden.count == 1 { return true }
      let width = counts.values.first?.count ?? 0
      return (0..<width).contains { column in
        let sum = hidden.reduce(0) { $0 + (counts[$1]?[column] ?? 0) }
        return (1..<Self.smallestCell).contains(sum)
      }
    }
    while isGivenAway(), !rest.isEmpty { hidden.insert(rest.removeFirst()) }
    return hidden
  }

  /// Of each arm in a tier: assigned and matured customers and, of an event, those with it and
  /// without.
  private func counts(_ cells: [ExperimentInput.Cell]) -> [Int] {
    armNames.flatMap { arm -> [Int] in
      let sums = sums(arm, 0, of: cells)
      let customers = [
        cells.reduce(0) { $0 + ($1.arm == arm ? $1.assigned : 0) }, sums.count,
      ]
      guard input.metrics[0].kind == .event else { return customers }
      let events = Int(sums.total.rounded())
      return customers + [events, sums.count - events]
    }
  }

  /// Whom the next campaign should contact, by the tiers of this one; nil without tiers that may be
  /// shown.
  func who(_ arm: String, _ tiers: [ExperimentResult.Tier]) -> ExperimentResult.Who? {
    // The riskiest first, by what happens to the control.
    let metric = input.metrics[0]
    let mine = tiers.filter { $0.arm == arm }.sorted { first, second in
      let (a, b) = (first.contrast.controlValue, second.contrast.controlValue)
      return a == b ? first.name < second.name : metric.isLowerBetter ? a > b : a < b
    }
    func better(_ value: Double) -> Double { metric.isLowerBetter ? -value : value }
    guard mine.count > 1,
      let heterogeneity = Heterogeneity(
        mine.map { (better($0.contrast.difference), $0.contrast.standardError) }
      )
    else { return nil }
    let plan = input.prices.map { _ in
      TargetingCut(
        zip(mine, heterogeneity.shrunken).map { tier, effect in
          TargetingCut.Tier(
            name: tier.name,
            customers: tier.customers,
            effect: effect?.estimate ?? .nan,
            standardError: effect?.standardError ?? .nan,
            value: tier.money?.value ?? 0,
            cost: (tier.money?.cost ?? 0) / Double(max(1, tier.assigned))
          )
        },
        capacity: input.next.capacity
      )
    }
    let curve = UpliftCurve(
      zip(mine, mine.indices).map { tier, place in
        UpliftCurve.Tier(
          name: tier.name,
          rank: -Double(place),
          customers: tier.customers,
          effect: better(tier.contrast.difference),
          standardError: tier.contrast.standardError
        )
      }
    )
    return ExperimentResult.Who(
      arm: arm,
      names: mine.map(\.name),
      heterogeneity: heterogeneity,
      cut: plan,
      curve: curve
    )
  }
}
