// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics

/// Turns estimates into one of six verdicts, with the money and both risks.
struct CampaignVerdictRule {
  let metric: ExperimentInput.Metric
  let maturity: ExperimentResult.Maturity
  let health: [ExperimentResult.Health]
  let look: ExperimentResult.InterimLook
  let guardrails: [ExperimentResult.Guardrail]

  /// The chance to pay from which on a clear effect is rolled out.
  private static let confident = 0.9

  /// Returns a verdict for each treated arm, or one that nothing can be decided.
  func verdicts(
    _ effects: [ExperimentResult.Effect],
    tiers: [ExperimentResult.Tier],
    money: [String: NetBenefit]
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
      verdict(
        ArmCase(
          effect: effect,
          tiers: tiers.filter { $0.arm == effect.arm },
          money: money[effect.arm]
        )
      )
    }
  }

  /// What is known of one treated arm.
  private struct ArmCase {
    let effect: ExperimentResult.Effect
    let tiers: [ExperimentResult.Tier]
    let money: NetBenefit?

    var harmed: [String] { tiers.filter(\.isHarmed).map(\.name) }
    var helped: [String] { tiers.filter(\.isHelped).map(\.name) }
    var pays: Bool { money.map { $0.chanceToPay >= CampaignVerdictRule.confident } ?? true }
  }

  private func verdict(_ arm: ArmCase) -> ExperimentResult.Verdict {
    if let verdict = harm(arm) { return verdict }
    // Where reviews are planned, decisions wait for them, so that interim looks in between cost
    // nothing.
    guard look.mayDecide else {
      let until =
        look.next.map { " until the review on \($0.description.prefix(10))" }
        ?? maturity.allBy.map { " until \($0), when all customers are mature" }
      return verdict(.keepRunning, of: arm, "Keep running\(until ?? "").")
    }
    if look.isFinal, let verdict = targeting(arm) { return verdict }
    if arm.effect.isBetter, arm.pays {
      let open = guardrails(of: arm).filter { $0.state == .notShownSafe }.map(\.metric.name)
      let warning =
        open.isEmpty
        ? "" : " \(open.joined(separator: ", ")) is not shown safe yet: go on monitoring it."
      return verdict(.rollOut, of: arm, "Roll '\(arm.effect.arm)' out.\(warning)")
    }
    return look.isFinal ? noBenefit(arm) : waiting(arm)
  }

  private func verdict(
    _ kind: ExperimentResult.Verdict.Kind,
    of arm: ArmCase,
    _ advice: String,
    tiers: [String] = []
  ) -> ExperimentResult.Verdict {
    ExperimentResult.Verdict(
      kind: kind,
      arm: arm.effect.arm,
      tiers: tiers,
      sentence: ([advice, finding(arm.effect)] + moneyText(arm.money)).joined(separator: " ")
    )
  }

  private func guardrails(of arm: ArmCase) -> [ExperimentResult.Guardrail] {
    guardrails.filter { $0.arm == arm.effect.arm }
  }

  /// The verdict on an arm that does harm, by the primary metric or a guardrail.
  private func harm(_ arm: ArmCase) -> ExperimentResult.Verdict? {
    if arm.effect.isWorse {
      return verdict(.stopHarm, of: arm, "Stop: '\(arm.effect.arm)' does harm.")
    }
    guard let harmed = guardrails(of: arm).first(where: { $0.state == .harmed }) else { return nil }
    return verdict(
      .stopHarm,
      of: arm,
      "Stop: '\(arm.effect.arm)' makes \(harmed.metric.name) worse by more than the margin of "
        + "\(amount(harmed.metric.margin, harmed.metric)) that was allowed."
    )
  }

  /// The verdict on an arm that some tiers should get and others not.
  ///
  /// Tiers are evaluated when all are mature: their intervals hold at one interim look.
  private func targeting(_ arm: ArmCase) -> ExperimentResult.Verdict? {
    let (helped, harmed) = (arm.helped, arm.harmed)
    if !helped.isEmpty, !harmed.isEmpty || !arm.effect.isBetter || !arm.pays {
      let list = helped.joined(separator: ", ")
      let warning =
        harmed.isEmpty
        ? "" : " Leave out \(harmed.joined(separator: ", ")): there it drives customers away."
      let gain = tierMoney(arm.tiers.filter(\.isHelped))
      return verdict(
        .target,
        of: arm,
        "Target \(list) with '\(arm.effect.arm)'.\(gain)\(warning)",
        tiers: helped
      )
    }
    guard arm.effect.isBetter, arm.pays, !harmed.isEmpty else { return nil }
    let list = harmed.joined(separator: ", ")
    return verdict(
      .target,
      of: arm,
      "Use '\(arm.effect.arm)' for all but \(list): there it drives customers away.",
      tiers: arm.tiers.filter { !$0.isHarmed }.map(\.name)
    )
  }

  /// The verdict on an arm that has shown nothing yet, and may.
  private func waiting(_ arm: ArmCase) -> ExperimentResult.Verdict {
    if let next = look.next {
      return verdict(
        .keepRunning,
        of: arm,
        "Keep running until the review on \(next.description.prefix(10))."
      )
    }
    if maturity.isFinal {
      return verdict(
        .keepRunning,
        of: arm,
        "Keep running: \(NumberText.grouped(maturity.assigned)) of the "
          + "\(NumberText.grouped(look.planned)) planned customers are assigned."
      )
    }
    let date = maturity.allBy.map { " until \($0), when all customers are mature" } ?? ""
    return verdict(.keepRunning, of: arm, "Keep running\(date).")
  }

  /// The verdict on an arm that brings no benefit in the end, or too little.
  private func noBenefit(_ arm: ArmCase) -> ExperimentResult.Verdict {
    guard !arm.effect.isBetter else {
      let chance = arm.money?.chanceText ?? "0 %"
      let why =
        (arm.money?.net ?? 0) <= 0
        ? "and costs more than it brings" : "but is only \(chance) likely to pay"
      return verdict(.stopNoBenefit, of: arm, "Stop '\(arm.effect.arm)': it works, \(why).")
    }
    // 80 % power at a two-sided 5 %: what the campaign was able to see, whatever it saw.
    let smallest = (Normal.quantile(0.975) + Normal.quantile(0.8)) * arm.effect.best.standardError
    return verdict(
      .stopNoBenefit,
      of: arm,
      "Stop '\(arm.effect.arm)': no benefit was seen; one of "
        + "\(amount(smallest, metric)) or more would have been, with a chance of 80 %."
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

  /// What was measured, as the metric calls it.
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
        + "\(direction(effect, better)) (95 %: \(share(effect.interval.lower)) to \(share(effect.interval.upper)))."
    }
    return
      "\(metric.name) within \(horizon) was \(amount(contrast.treatedValue)) where the control had "
      + "\(amount(contrast.controlValue)): \(amount(abs(effect.best.difference))) \(direction(effect, better))"
      + "\(metric.kind == .ratio ? "" : " a customer") (95 %: \(amount(effect.interval.lower)) to \(amount(effect.interval.upper)))."
  }

  private func amount(_ value: Double, _ metric: ExperimentInput.Metric) -> String {
    metric.kind == .event
      ? "\((value * 10_000).rounded() / 100) points" : NumberText.text(value)
  }

  private func direction(_ effect: ExperimentResult.Effect, _ better: String) -> String {
    effect.improvement >= 0 ? better : better == "less" ? "more" : "less"
  }

  private func moneyText(_ money: NetBenefit?) -> [String] {
    guard let money else { return [] }
    func text(_ value: Double) -> String {
      (money.currency.isEmpty ? "" : money.currency + " ") + NumberText.whole(value)
    }
    return [
      "Treating all its \(NumberText.grouped(money.customers)) customers brought \(text(money.net)) net (95 %: "
        + "\(NumberText.whole(money.interval.lower)) to \(NumberText.whole(money.interval.upper))), \(money.chanceText) likely "
        + "to have paid.",
      "If it goes on and does not pay, \(text(money.lossIfContinued)) are lost on average; if it stops and "
        + "would have paid, \(text(money.lossIfStopped)).",
    ]
  }
}
