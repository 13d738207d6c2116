// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Effects by tier, and which tiers may be shown.
extension ExperimentAnalysis {
  /// Returns the tiers that may be shown, and how many may not.
  ///
  /// - `isFinal`: Whether all customers are mature; before, no tier is called helped or harmed.
  func tiers(isFinal: Bool) -> (shown: [ExperimentResult.Tier], hidden: Int) {
    guard input.hasTiers, armNames.contains(input.control) else { return ([], 0) }
    let names = Set(input.cells.map(\.tier)).sorted()
    let hidden = hidden(names)
    let shown = treatedArms.flatMap { arm -> [ExperimentResult.Tier] in
      let contrasts = names.map { contrast(0, arm, tier: $0) }
      // Tiers that are not shown are looked at too, and take their share of the chances.
      let told = contrasts.indices.filter { contrasts[$0] != nil }
      let corrected = Multiplicity.benjaminiHochberg(told.map { contrasts[$0]?.p ?? 1 })
      return told.enumerated().compactMap { place, index in
        guard !hidden.contains(names[index]), let contrast = contrasts[index] else { return nil }
        let better = input.metrics[0].isLowerBetter ? -contrast.difference : contrast.difference
        let money = money(better, contrast.standardError, arm, tier: names[index])
        let isClear = isFinal && corrected[place] < 0.05
        return ExperimentResult.Tier(
          name: names[index],
          arm: arm,
          assigned: cells(arm, tier: names[index]).reduce(0) { $0 + $1.assigned },
          contrast: contrast,
          adjustedP: corrected[place],
          money: money,
          isHarmed: isClear && better < 0,
          isHelped: isClear && better > 0 && (money?.net ?? 1) > 0
        )
      }
    }
    return (shown, hidden.count)
  }

  /// The tiers that must not be shown in any arm: too small ones, with as many of the next smallest as it takes for
  /// the totals not to give them away.
  private func hidden(_ names: [String]) -> Set<String> {
    let counts = Dictionary(uniqueKeysWithValues: names.map { ($0, self.counts(tier: $0)) })
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

  /// Of each arm in a tier: assigned and matured customers and, of an event, those with it and without.
  private func counts(tier: String) -> [Int] {
    armNames.flatMap { arm -> [Int] in
      let sums = sums(arm, 0, tier: tier)
      let customers = [cells(arm, tier: tier).reduce(0) { $0 + $1.assigned }, sums.count]
      guard input.metrics[0].kind == .event else { return customers }
      let events = Int(sums.total.rounded())
      return customers + [events, sums.count - events]
    }
  }
}
