// SPDX-License-Identifier: Apache-2.0
import Findings
import Profiles
import Statistics

/// Turns estimates into one of six verdicts, with the money and both risks.
struct ExperimentJudge {
  let metric: ExperimentInput.Metric
  let maturity: ExperimentResult.Maturity
  let health: [ExperimentResult.Health]
  let look: ExperimentResult.Look
  let guardrails: [ExperimentResult.Guardrail]

  /// The chance to pay from which on a clear effect is rolled out.
  private static let confident = 0.9

  /// Returns a verdict for each treated arm, or one that nothing can be judged.
  func verdicts(
    _ effects: [ExperimentResult.Effect],
    _ tiers: [ExperimentResult.Tier],
    _ money: [String: NetBenefit]
  ) -> [ExperimentResult.Verdict] {
    let blocked = health.filter { $0.state == .blocked }
    guard blocked.isEmpty, !effects.isEmpty else {
      let why = blocked.map(\.text).joined(separator: "; ")
      return [
        ExperimentResult.Verdict(
          kind: .cannotJudge,
          arm: nil,
          tiers: [],
          sentence: "Cannot judge: \(why.isEmpty ? "no arm can be compared" : why)."
        )
      ]
    }
    return effects.map { effect in
      verdict(effect, tiers.filter { $0.arm == effect.arm }, money[effect.arm])
    }
  }

  private func verdict(
    _ effect: ExperimentResult.Effect,
    _ tiers: [ExperimentResult.Tier],
    _ money: NetBenefit?
  ) -> ExperimentResult.Verdict {
    func verdict(
      _ kind: ExperimentResult.Verdict.Kind,
      _ advice: String,
      tiers: [String] = []
    ) -> ExperimentResult.Verdict {
      ExperimentResult.Verdict(
        kind: kind,
        arm: effect.arm,
        tiers: tiers,
        sentence: ([advice, finding(effect)] + moneyText(money)).joined(separator: " ")
      )
    }
    let harmed = tiers.filter(\.isHarmed).map(\.name)
    let helped = tiers.filter(\.isHelped).map(\.name)
    let pays = money.map { $0.chanceToPay >= Self.confident } ?? true
    if effect.isWorse {
      return verdict(.stopHarm, "Stop: '\(effect.arm)' does harm.")
    }
    let mine = guardrails.filter { $0.arm == effect.arm }
    if let harmed = mine.first(where: { $0.state == .harmed }) {
      return verdict(
        .stopHarm,
        "Stop: '\(effect.arm)' makes \(harmed.metric.name) worse by more than the margin of "
          + "\(amount(harmed.metric.margin, harmed.metric)) that was allowed."
      )
    }
    // Where reviews are planned, decisions wait for them, so that looking in between costs nothing.
    guard look.mayDecide else {
      let until =
        look.next.map { " until the review on \($0.description.prefix(10))" }
        ?? maturity.allBy.map { " until \($0), when all customers are mature" }
      return verdict(.keepRunning, "Keep running\(until ?? "").")
    }
    // Tiers are judged when all are mature: their intervals hold at one look.
    if look.isFinal, !helped.isEmpty, !harmed.isEmpty || !effect.isBetter || !pays {
      let list = helped.joined(separator: ", ")
      let warning =
        harmed.isEmpty
        ? "" : " Leave out \(harmed.joined(separator: ", ")): there it drives customers away."
      let gain = tierMoney(tiers.filter(\.isHelped))
      return verdict(
        .target,
        "Target \(list) with '\(effect.arm)'.\(gain)\(warning)",
        tiers: helped
      )
    }
    if look.isFinal, effect.isBetter, pays, !harmed.isEmpty {
      let list = harmed.joined(separator: ", ")
      return verdict(
        .target,
        "Use '\(effect.arm)' for all but \(list): there it drives customers away.",
        tiers: tiers.filter { !$0.isHarmed }.map(\.name)
      )
    }
    if effect.isBetter, pays {
      let open = mine.filter { $0.state == .notShownSafe }.map(\.metric.name)
      let warning =
        open.isEmpty
        ? "" : " \(open.joined(separator: ", ")) is not shown safe yet: go on watching it."
      return verdict(.rollOut, "Roll '\(effect.arm)' out.\(warning)")
    }
    guard look.isFinal else {
      if let next = look.next {
        return verdict(
          .keepRunning,
          "Keep running until the review on \(next.description.prefix(10))."
        )
      }
      if maturity.isFinal {
        return verdict(
          .keepRunning,
          "Keep running: \(NumberText.grouped(maturity.assigned)) of the \(NumberText.grouped(look.planned)) planned "
            + "customers are assigned."
        )
      }
      let date = maturity.allBy.map { " until \($0), when all customers are mature" } ?? ""
      return verdict(.keepRunning, "Keep running\(date).")
    }
    guard !effect.isBetter else {
      let chance = money?.chanceInWords ?? "0 %"
      let why =
        (money?.net ?? 0) <= 0
        ? "and costs more than it brings" : "but is only \(chance) likely to pay"
      return verdict(.stopNoBenefit, "Stop '\(effect.arm)': it works, \(why).")
    }
    // 80 % power at a two-sided 5 %: what the campaign was able to see, whatever it saw.
    let smallest = (Normal.quantile(0.975) + Normal.quantile(0.8)) * effect.best.standardError
    return verdict(
      .stopNoBenefit,
      "Stop '\(effect.arm)': no benefit is to be seen, though one of less than \(amount(smallest, metric)) would "
        + "hardly have been."
    )
  }

  /// What the tiers to target brought together.
  private func tierMoney(_ tiers: [ExperimentResult.Tier]) -> String {
    let money = tiers.compactMap(\.money)
    guard let currency = money.first?.currency else { return "" }
    let net = money.reduce(0) { $0 + $1.net }
    let variance = money.reduce(0) { $0 + $1.standardError * $1.standardError }
    let interval = Interval(estimate: net, standardError: variance.squareRoot())
    return
      " There it brought \(currency.isEmpty ? "" : currency + " ")\(NumberText.whole(net)) net (95 %: "
      + "\(NumberText.whole(interval.lower)) to \(NumberText.whole(interval.upper)))."
  }

  /// What was measured, in the metric's own words.
  private func finding(_ effect: ExperimentResult.Effect) -> String {
    let contrast = effect.contrast
    let horizon = "\(Int(metric.horizon.days.rounded())) days"
    func share(_ value: Double) -> String { "\((value * 10_000).rounded() / 100)" }
    // Three figures that count, of ratios as of money.
    func amount(_ value: Double) -> String {
      abs(value) < 10 ? NumberText.text(value) : "\((value * 100).rounded() / 100)"
    }
    let better = metric.isLowerBetter ? "less" : "more"
    if metric.kind == .event {
      return
        "\(metric.name) within \(horizon) was \(share(contrast.treated.mean)) % where the control had "
        + "\(share(contrast.control.mean)) %: \(share(abs(effect.best.difference))) points "
        + "\(word(effect, better)) (95 %: \(share(effect.interval.lower)) to \(share(effect.interval.upper)))."
    }
    return
      "\(metric.name) within \(horizon) was \(amount(contrast.treatedValue)) where the control had "
      + "\(amount(contrast.controlValue)): \(amount(abs(effect.best.difference))) \(word(effect, better))"
      + "\(metric.kind == .ratio ? "" : " a customer") (95 %: \(amount(effect.interval.lower)) to \(amount(effect.interval.upper)))."
  }

  private func amount(_ value: Double, _ metric: ExperimentInput.Metric) -> String {
    metric.kind == .event
      ? "\((value * 10_000).rounded() / 100) points" : NumberText.text(value)
  }

  private func word(_ effect: ExperimentResult.Effect, _ better: String) -> String {
    effect.improvement >= 0 ? better : better == "less" ? "more" : "less"
  }

  private func moneyText(_ money: NetBenefit?) -> [String] {
    guard let money else { return [] }
    func text(_ value: Double) -> String {
      (money.currency.isEmpty ? "" : money.currency + " ") + NumberText.whole(value)
    }
    return [
      "Treating all its \(NumberText.grouped(money.customers)) customers brought \(text(money.net)) net (95 %: "
        + "\(NumberText.whole(money.interval.lower)) to \(NumberText.whole(money.interval.upper))), \(money.chanceInWords) likely "
        + "to have paid.",
      "If it goes on and does not pay, \(text(money.lossIfContinued)) are lost on average; if it stops and "
        + "would have paid, \(text(money.lossIfStopped)).",
    ]
  }
}
