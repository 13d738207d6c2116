// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// Compares the arms of a campaign and says what to do.
package struct ExperimentAnalysis: Sendable {
  let input: ExperimentInput

  /// Customers of a cell, or successes and failures in it, below which it is not shown.
  package static let smallestCell = 10

  package init(_ input: ExperimentInput) { self.input = input }

  /// A number of customers as it may be shown.
  package static func shown(_ count: Int) -> String {
    (1..<smallestCell).contains(count) ? "fewer than \(smallestCell)" : "\(count)"
  }

  /// A part of some customers as it may be shown: of a few the whole is not shown beside it.
  static func shown(_ count: Int, of all: Int) -> String {
    (1..<smallestCell).contains(count) ? shown(count) : "\(count) of \(all)"
  }

  package var result: ExperimentResult {
    let maturity = maturity
    let health = health(maturity)
    let look = look(maturity)
    let effects = effects(look)
    let (tiers, hiddenTiers) =
      input.hasTiers
      ? self.tiers(of: input.cells, family: .tiers, isFinal: look.isFinal) : ([], 0)
    var money: [String: NetBenefit] = [:]
    for arm in treatedArms {
      guard let primary = effects.first(where: { $0.isPrimary && $0.arm == arm }) else { continue }
      money[arm] = self.money(
        primary.improvement,
        standardError: primary.best.standardError,
        arm: arm,
        cells: input.cells
      )
    }
    let rule = CampaignVerdictRule(
      metric: input.metrics[0],
      maturity: maturity,
      health: health,
      look: look,
      guardrails: guardrails(look)
    )
    var result = ExperimentResult(
      name: input.name,
      asOf: input.asOf,
      health: health,
      arms: arms,
      maturity: maturity,
      primary: input.metrics[0],
      look: look,
      effects: effects,
      tiers: tiers,
      hiddenTiers: hiddenTiers,
      money: money,
      verdicts: rule.verdicts(effects.filter(\.isPrimary), tiers: tiers, money: money)
    )
    result.guardrails = guardrails(look)
    result.stratified = stratified
    result.segments = input.segments.sorted { $0.key < $1.key }.map { column, cells in
      let (levels, hidden) = self.tiers(of: cells, family: .segment, isFinal: look.isFinal)
      return ExperimentResult.Segment(column: column, levels: levels, hidden: hidden)
    }
    result.who = treatedArms.compactMap { who($0, tiers) }
    result.survival = survival
    result.ledger = ledger
    result.customersMissing = customersMissing(effects, look)
    return result
  }

  var armNames: [String] {
    let names = Set(input.cells.map(\.arm)).sorted()
    return names.filter { $0 == input.control } + names.filter { $0 != input.control }
  }

  var treatedArms: [String] { armNames.filter { $0 != input.control } }

  private var arms: [ExperimentResult.Arm] {
    armNames.map { arm in
      ExperimentResult.Arm(
        name: arm,
        isControl: arm == input.control,
        assigned: assigned(arm),
        matured: sums(arm, 0).count,
        reached: reached(arm)
      )
    }
  }

  /// How many customers of an arm were reached; nil where that is not known, or would identify the
  /// few who were not.
  private func reached(_ arm: String) -> Int? {
    guard input.hasExposures else { return nil }
    let count = input.cells.reduce(0) { $0 + ($1.arm == arm ? $1.reached : 0) }
    return (1..<Self.smallestCell).contains(assigned(arm) - count) ? nil : count
  }

  func assigned(_ arm: String) -> Int {
    input.cells.reduce(0) { $0 + ($1.arm == arm ? $1.assigned : 0) }
  }

  /// The sums of a metric over the customers of an arm.
  ///
  /// - `cells`: Those that count; nil for all.
  func sums(_ arm: String, _ metric: Int, of cells: [ExperimentInput.Cell]? = nil) -> ArmSums {
    (cells ?? input.cells).filter { $0.arm == arm }
      .reduce(into: ArmSums.empty) { $0.merge($1.metrics[metric]) }
  }

  func contrast(_ metric: Int, _ arm: String, of cells: [ExperimentInput.Cell]? = nil) -> Contrast?
  {
    let control = sums(input.control, metric, of: cells)
    let treated = sums(arm, metric, of: cells)
    switch input.metrics[metric].kind {
    case .event: return .proportions(control: control, treated: treated)
    case .amount: return .means(control: control, treated: treated)
    case .ratio: return .ratios(control: control, treated: treated)
    }
  }

  func money(
    _ improvement: Double,
    standardError error: Double,
    arm: String,
    cells: [ExperimentInput.Cell]
  ) -> NetBenefit? {
    guard let prices = input.prices else { return nil }
    let mine = cells.filter { $0.arm == arm }
    let metric = input.metrics[0]
    var wouldStay: Double?
    if metric.kind == .event {
      let rate = sums(input.control, 0, of: cells).mean
      wouldStay = metric.isLowerBetter ? 1 - rate : rate
    }
    return NetBenefit(
      improvement: (improvement, error),
      worth: worth(arm, cells),
      wouldStay: wouldStay,
      customers: mine.reduce(0) { $0 + $1.assigned },
      prices: prices,
      measuredCost: mine.reduce(0) { $0 + $1.cost }
    )
  }

  /// The improvement in money where customers are worth different amounts.
  private func worth(
    _ arm: String,
    _ cells: [ExperimentInput.Cell]
  ) -> (improvement: Double, standardError: Double, mean: Double)? {
    func sums(_ arm: String) -> ArmSums? {
      let found = cells.filter { $0.arm == arm }.compactMap(\.worth)
      return found.isEmpty ? nil : found.reduce(into: ArmSums.empty) { $0.merge($1) }
    }
    guard let control = sums(input.control), let treated = sums(arm),
      let contrast = Contrast.means(control: control, treated: treated)
    else { return nil }
    var all = control
    all.merge(treated)
    let sign = input.metrics[0].isLowerBetter ? -1.0 : 1
    return (sign * contrast.difference, contrast.standardError, all.covariateMean)
  }

  /// The difference on the primary metric with tiers weighted by their size, by treated arm; empty
  /// without tiers.
  private var stratified: [String: Contrast] {
    guard input.hasTiers, input.metrics[0].kind != .ratio else { return [:] }
    var found: [String: Contrast] = [:]
    for arm in treatedArms {
      let tiers = Set(input.cells.map(\.tier)).sorted().map { tier in
        let cells = input.cells.filter { $0.tier == tier }
        return (control: sums(input.control, 0, of: cells), treated: sums(arm, 0, of: cells))
      }
      found[arm] = Contrast.stratified(tiers, isShare: input.metrics[0].kind == .event)
    }
    return found
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

  /// The customers by day of entry; days with few are joined, and there is none where an arm has
  /// few.
  private var ledger: [ExperimentResult.LedgerLine] {
    func isSmall(_ line: ExperimentResult.LedgerLine) -> Bool {
      let parts = [line.assigned, line.matured, line.assigned - line.matured]
      return line.assigned < Self.smallestCell
        || parts.contains { (1..<Self.smallestCell).contains($0) }
    }
    guard !armNames.contains(where: { (1..<Self.smallestCell).contains(assigned($0)) }) else {
      return []
    }
    var lines: [ExperimentResult.LedgerLine] = []
    for day in input.entries.sorted(by: { $0.day.dayNumber < $1.day.dayNumber }) {
      if lines.last.map(isSmall) ?? false {
        lines[lines.count - 1].add(day)
      } else {
        lines.append(ExperimentResult.LedgerLine(day))
      }
    }
    while lines.count > 1, let last = lines.last, isSmall(last) {
      lines.removeLast()
      lines[lines.count - 1].add(last)
    }
    return lines.contains(where: isSmall) ? [] : lines
  }

  private var survival: [(arm: String, steps: [KaplanMeier.Step])] {
    let horizon = Int(input.metrics[0].horizon.days.rounded(.up))
    return armNames.compactMap { arm in
      let days = input.lastDays.filter { $0.arm == arm }
      guard !days.isEmpty else { return nil }
      let curve = KaplanMeier(
        days.map { ($0.day, $0.events, $0.censored) },
        horizon: horizon
      )
      return (arm, curve.thinned(Self.smallestCell))
    }
  }
}
