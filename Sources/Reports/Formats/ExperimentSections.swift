// SPDX-License-Identifier: Apache-2.0
import Checks
import Experiments
import Profiles
import Statistics

/// The further parts of a campaign's report, as lines and tables that every format prints.
struct ExperimentSections {
  let result: ExperimentResult
  let decisions: DecisionLog

  private var metric: ExperimentInput.Metric { result.primary }

  /// A value of a metric.
  static func number(_ value: Double, _ metric: ExperimentInput.Metric) -> String {
    metric.kind == .event ? "\((value * 10_000).rounded() / 100) %" : NumberText.text(value)
  }

  /// A difference of a metric.
  static func signed(_ value: Double, _ metric: ExperimentInput.Metric) -> String {
    let sign = value > 0 ? "+" : ""
    return metric.kind == .event
      ? "\(sign)\((value * 10_000).rounded() / 100)" : sign + NumberText.text(value)
  }

  private func amount(_ value: Double, _ currency: String) -> String {
    (currency.isEmpty ? "" : currency + " ") + NumberText.whole(value)
  }

  private var currency: String { result.money.values.first?.currency ?? "" }

  /// What was decided, and what became of the forecast.
  var decided: [String] {
    var lines = decisions.decisions.map(\.line)
    let last = decisions.decisions.last
    if let frozen = last, decisions.isFrozen(by: frozen) {
      lines.append(
        "this report is the one of \(frozen.at.description.prefix(10)) (\(frozen.software)); "
          + "--live reads the tables again"
      )
    } else if let net = last?.net,
      let now = result.money.values.max(by: { $0.net < $1.net })
    {
      lines.append(
        "net benefit: forecast \(amount(net.value, currency)) (\(NumberText.whole(net.lower)) to "
          + "\(NumberText.whole(net.upper))), "
          + "by now \(amount(now.net, currency)) (\(NumberText.whole(now.interval.lower)) to "
          + "\(NumberText.whole(now.interval.upper)))"
      )
    }
    return lines
  }

  /// What is believed of the effects, and what they are among those who were reached.
  var beliefs: [String] {
    var lines: [String] = []
    for effect in result.effects where effect.isPrimary {
      let belief = effect.belief
      let prior =
        belief.priorDeviation.map {
          "a normal prior around nothing with deviation \(Self.signed($0, metric).replacing("+", with: ""))"
        }
        ?? "a flat prior"
      let loss = metric.kind == .event ? 100.0 : 1
      lines.append(
        "\(effect.arm): \(percent(belief.chanceToWin)) likely to be an improvement (\(prior)); per customer, treating though "
          + "it does harm loses \(NumberText.text(loss * belief.lossIfTreated)) on average, not treating though it helps "
          + "\(NumberText.text(loss * belief.lossIfNot))" + (metric.kind == .event ? " points" : "")
      )
      if let reached = effect.perReached,
        let arm = result.arms.first(where: { $0.name == effect.arm }),
        let count = arm.reached
      {
        lines.append(
          "\(effect.arm): of \(ExperimentPage.people(arm.assigned)) assigned \(ExperimentPage.people(count)) were reached: "
            + "\(Self.signed(effect.best.difference, metric)) for each assigned is \(Self.signed(reached.value, metric)) for each "
            + "reached (95 %: \(Self.signed(reached.interval.lower, metric)) to "
            + "\(Self.signed(reached.interval.upper, metric))), if those who were not had none"
        )
      }
      if let contrast = result.stratified[effect.arm] {
        lines.append(
          "\(effect.arm): post-stratified by tier \(Self.signed(contrast.difference, metric)) (95 %: "
            + "\(Self.signed(contrast.interval.lower, metric)) to \(Self.signed(contrast.interval.upper, metric)))"
        )
      }
    }
    if let missing = result.customersMissing {
      lines.append(
        "the planned effect takes \(NumberText.grouped(missing.customers)) more mature customers"
          + (missing.days.map {
            $0 == 0
              ? "; they are assigned already" : ", at the present inflow assigned within \($0) days"
          } ?? "")
      )
    }
    return lines
  }

  private func percent(_ share: Double) -> String {
    share > 0.999 ? ">99.9 %" : share < 0.001 ? "<0.1 %" : "\((share * 1000).rounded() / 10) %"
  }

  var guardrails: [String] {
    result.guardrails.map { item in
      let head = "\(item.metric.name), \(item.arm): \(item.state.text)"
      let margin = Self.signed(item.metric.margin, item.metric).replacing("+", with: "")
      guard let worse = item.worse else {
        return head + "; too few customers have it to show figures (\(margin) is allowed)"
      }
      return head + "; worse by \(Self.signed(worse.lower, item.metric)) to "
        + "\(Self.signed(worse.upper, item.metric)) where \(margin) is allowed"
    }
  }

  /// The levels of each segment.
  var segments: [(title: String, rows: [[String]], hidden: Int)] {
    result.segments.map { segment in
      (
        segment.column,
        [["level", "arm", "assigned", "control", "treated", "difference", "95 %", "p, corrected"]]
          + segment.levels.map { level in
            let contrast = level.contrast
            let mark = level.isHarmed ? " harmed" : level.isHelped ? " helped" : ""
            return [
              level.name + mark, level.arm, NumberText.grouped(level.assigned),
              Self.number(contrast.controlValue, metric),
              Self.number(contrast.treatedValue, metric),
              Self.signed(contrast.difference, metric),
              "\(Self.signed(contrast.interval.lower, metric)) to \(Self.signed(contrast.interval.upper, metric))",
              level.adjustedP < 0.0001 ? "<0.0001" : NumberText.text(level.adjustedP),
            ]
          }, segment.hidden
      )
    }
  }

  /// Whom the next campaign should contact.
  var who: [(arm: String, lines: [String], rows: [[String]])] {
    result.who.map { who in
      let test = who.heterogeneity
      var lines = [
        "tiers differ: p \(test.p < 0.0001 ? "< 0.0001" : "= \(NumberText.text(test.p))") (Cochran's Q \(NumberText.text(test.q)), "
          + "\(test.degreesOfFreedom) degrees of freedom)"
      ]
      if let cut = who.cut {
        let chosen = cut.chosen.map { "\($0.name) (\(NumberText.grouped($0.customers)))" }
        lines.append(
          chosen.isEmpty
            ? "the next campaign should contact nobody: no tier brings more than it costs"
            : "the next campaign should contact \(chosen.joined(separator: ", ")): "
              + "\(NumberText.grouped(cut.plan.customers)) customers, expected net \(amount(cut.plan.net, currency)) (95 %: "
              + "\(NumberText.whole(cut.plan.interval.lower)) to \(NumberText.whole(cut.plan.interval.upper))), "
              + "\(percent(cut.plan.chanceToPay)) likely to pay; contacting all of them would bring "
              + amount(cut.everyone.net, currency)
        )
        lines += cut.leftOut.map { rest in
          "leave out \(rest.name) (\(NumberText.grouped(rest.customers))): \(reason(rest.reason))"
        }
      }
      let better = metric.isLowerBetter ? "fewer" : "more"
      let rows =
        [["contacting the riskiest first", "share", "\(better) per 1,000", "95 %", "at random"]]
        + who.curve.points.map { point in
          [
            "to \(point.names.joined(separator: ", "))", "\((point.depth * 1000).rounded() / 10) %",
            NumberText.text(point.gain),
            "\(NumberText.text(point.interval.lower)) to \(NumberText.text(point.interval.upper))",
            NumberText.text(point.random),
          ]
        }
      return (who.arm, lines, rows)
    }
  }

  private func reason(_ reason: TargetingCut.Rest.Reason) -> String {
    switch reason {
    case .noNet: "it costs more than it brings"
    case .capacity: "beyond the capacity"
    case .unmeasured: "its effect could not be measured"
    }
  }

  /// Customers by week of entry; JSON has the days.
  var ledger: [[String]] {
    var weeks: [ExperimentResult.LedgerLine] = []
    for line in result.ledger {
      if let last = weeks.last, line.to.dayNumber - last.from.dayNumber < 7 {
        weeks[weeks.count - 1].add(line)
      } else {
        weeks.append(line)
      }
    }
    return [["assigned", "customers", "mature", "waiting"]]
      + weeks.map { line in
        [
          line.from.dayNumber == line.to.dayNumber ? "\(line.from)" : "\(line.from) to \(line.to)",
          NumberText.grouped(line.assigned), NumberText.grouped(line.matured),
          NumberText.grouped(line.assigned - line.matured),
        ]
      }
  }

  /// The share without the event on some days, by arm.
  var survival: [[String]] {
    guard !result.survival.isEmpty else { return [] }
    let horizon = Int(metric.horizon.days.rounded(.up))
    let days = Array(Set([1, 2, 3, 4].map { horizon * $0 / 4 })).sorted().filter { $0 > 0 }
    return [["without '\(metric.name)'"] + days.map { "day \($0)" }]
      + result.survival.map { arm, steps in
        [arm]
          + days.map { day in
            guard let step = steps.last(where: { $0.day <= day }) else { return "-" }
            return "\((step.survival * 1000).rounded() / 10) % "
              + "(\((step.interval.lower * 1000).rounded() / 10) to \((step.interval.upper * 1000).rounded() / 10))"
          }
      }
  }
}
