// SPDX-License-Identifier: Apache-2.0
import Checks
package import Experiments
import Profiles
import Statistics

/// The report on a campaign: the verdict first, then what it rests on.
package enum ExperimentFormat: String, CaseIterable, Sendable {
  case text, markdown, json, html

  /// Renders a campaign.
  ///
  /// - Parameters:
  ///   - result: The analysis.
  ///   - decisions: What was decided.
  /// - Returns: The document.
  /// - Throws: What the encoder or the template throws.
  package func render(
    _ result: ExperimentResult,
    decisions: DecisionLog = DecisionLog()
  ) throws -> String {
    switch self {
    case .text: ExperimentPage(result: result, decisions: decisions, isMarkdown: false).render()
    case .markdown: ExperimentPage(result: result, decisions: decisions, isMarkdown: true).render()
    case .json: try ExperimentJSON.render(result, decisions: decisions)
    case .html: try ExperimentHTML.render(result, decisions: decisions)
    }
  }
}

/// A campaign in sentences and tables, plain or as Markdown.
struct ExperimentPage {
  let result: ExperimentResult
  let decisions: DecisionLog
  let isMarkdown: Bool

  var sections: ExperimentSections { ExperimentSections(result: result, decisions: decisions) }

  func render() -> String {
    var lines = [heading("\(result.name) · as of \(result.asOf)", level: 1), ""]
    for verdict in result.verdicts {
      let what = [verdict.kind.text, verdict.tiers.joined(separator: ", ")]
        .filter { !$0.isEmpty }.joined(separator: " ")
      lines.append(strong("Verdict: \(what)") + (verdict.arm.map { " (\(text($0)))" } ?? ""))
      lines += [text(verdict.sentence), ""]
    }
    if !sections.decided.isEmpty {
      lines.append(heading("decided", level: 2))
      lines += sections.decided.map { bullet + text($0) } + [""]
    }
    lines.append(heading("health", level: 2))
    lines += result.health.map { item in
      let mark = item.state == .ok ? "ok" : item.state == .warning ? "warn" : "blocks the verdict"
      return "\(bullet)\(mark): \(text(item.check)): \(text(item.text))"
    }
    lines += ["", heading("arms", level: 2)]
    lines += table(
      [["arm", "assigned", "mature"]]
        + result.arms.map {
          [
            $0.name + ($0.isControl ? " (control)" : ""), Self.people($0.assigned),
            Self.mature($0),
          ]
        }
    )
    lines += ["", text(result.look.guarantee + maturity), ""]
    lines.append(heading("effects", level: 2))
    lines += table(effects)
    lines += sections.beliefs.map { bullet + text($0) }
    if !sections.guardrails.isEmpty {
      lines += ["", heading("guardrails", level: 2)]
      lines += sections.guardrails.map { bullet + text($0) }
    }
    if !result.tiers.isEmpty || result.hiddenTiers > 0 {
      lines += ["", heading("by tier", level: 2)]
      if !result.tiers.isEmpty { lines += table(tiers) }
      if let hidden { lines.append(bullet + hidden) }
    }
    for (arm, money) in result.money.sorted(by: { $0.key < $1.key }) {
      lines += ["", heading("money, \(arm)", level: 2)] + self.money(money)
    }
    for who in sections.who {
      lines += ["", heading("the next campaign, \(who.arm)", level: 2)]
      lines += who.lines.map { bullet + text($0) } + table(who.rows)
    }
    for segment in sections.segments {
      lines += ["", heading("by \(segment.title)", level: 2)] + table(segment.rows)
      if segment.hidden > 0 { lines.append(bullet + Self.hidden(segment.hidden)) }
    }
    if !sections.survival.isEmpty { lines += [""] + table(sections.survival) }
    if result.ledger.count > 1 { lines += [""] + table(sections.ledger) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// How many tiers are not shown; nil where all are.
  var hidden: String? {
    guard result.hiddenTiers > 0 else { return nil }
    return Self.hidden(result.hiddenTiers)
  }

  static func hidden(_ count: Int) -> String {
    "\(count) are not shown: single customers could be identified, or computed from the totals"
  }

  var maturity: String {
    guard !result.maturity.isFinal else { return "." }
    let share = Int((100 * result.maturity.share).rounded(.down))
    func date(_ label: String, _ date: CivilDate?) -> String {
      date.map { "; \(label) on \($0)" } ?? ""
    }
    return " (\(share) % are mature\(date("four in five", result.maturity.mostBy))"
      + "\(date("all", result.maturity.allBy)))."
  }

  var effects: [[String]] {
    [["metric", "arm", "control", "treated", "difference", "95 %", "p", "lift", "method"]]
      + result.effects.map { effect in
        let best = effect.best
        let reduction = best.varianceReduction.map {
          ", \((1000 * $0).rounded() / 10) % less variance"
        }
        return [
          effect.metric.name, effect.arm, number(effect.contrast.controlValue, effect.metric),
          number(effect.contrast.treatedValue, effect.metric),
          signed(best.difference, effect.metric),
          "\(signed(effect.interval.lower, effect.metric)) to \(signed(effect.interval.upper, effect.metric))",
          effect.p < 0.0001 ? "<0.0001" : NumberText.text(effect.p),
          effect.contrast.lift.map { lift in
            "\(percent(lift.value)) (\(percent(lift.interval.lower)) to \(percent(lift.interval.upper)))"
          } ?? "-",
          best.method + (reduction ?? ""),
        ]
      }
  }

  var tiers: [[String]] {
    [
      [
        "tier", "arm", "assigned", "control", "treated", "difference", "95 %", "p, corrected",
        "net",
      ]
    ]
      + result.tiers.map { tier in
        let contrast = tier.contrast
        let mark = tier.isHarmed ? " harmed" : tier.isHelped ? " helped" : ""
        return [
          tier.name + mark, tier.arm, NumberText.grouped(tier.assigned),
          number(contrast.controlValue, result.primary),
          number(contrast.treatedValue, result.primary),
          signed(contrast.difference, result.primary),
          "\(signed(contrast.interval.lower, result.primary)) to \(signed(contrast.interval.upper, result.primary))",
          tier.adjustedP < 0.0001 ? "<0.0001" : NumberText.text(tier.adjustedP),
          tier.money.map { NumberText.whole($0.net) } ?? "-",
        ]
      }
  }

  func money(_ money: NetBenefit) -> [String] {
    func whole(_ value: Double) -> String {
      let text =
        abs(value) < 100
        ? "\((value * 100).rounded() / 100)" : NumberText.whole(value)
      return money.currency.isEmpty ? text : "\(money.currency) \(text)"
    }
    func share(_ value: Double) -> String { "\((value * 10_000).rounded() / 100)" }
    var lines = [
      "\(bullet)net benefit \(whole(money.net)) (95 %: \(whole(money.interval.lower)) to "
        + "\(whole(money.interval.upper))), \(money.chanceText) likely to pay",
      "\(bullet)cost \(whole(money.cost)), gained \(NumberText.whole(money.gained))"
        + (money.costPerGain.map { ", \(whole($0)) each" } ?? ""),
    ]
    if result.primary.kind == .event {
      lines.append("\(bullet)pays for itself from \(share(money.breakEven)) points on")
    }
    if let atRisk = money.atRisk, atRisk > 0, money.value > 0 {
      let success = money.gained / atRisk
      lines.append(
        "\(bullet)as a formula: \(share(success)) % of those who would have left were kept x \(whole(money.value)) each x "
          + "\(NumberText.whole(atRisk)) of them - \(whole(money.cost)) = \(whole(success * atRisk * money.value - money.cost))"
      )
    }
    if let givenAway = money.givenAway, money.cost > 0 {
      lines.append(
        "\(bullet)\(whole(givenAway)) of the cost went to customers who would have stayed anyway"
      )
    }
    if let roi = money.returnOnInvestment {
      lines.append("\(bullet)return on investment \(NumberText.whole(100 * roi)) %")
    }
    return lines + [
      "\(bullet)chance and risks by a flat prior on the effect; intent to treat: customers who were assigned "
        + "and not reached count"
    ]
  }

  private func number(_ value: Double, _ metric: ExperimentInput.Metric) -> String {
    ExperimentSections.number(value, metric)
  }

  private func signed(_ value: Double, _ metric: ExperimentInput.Metric) -> String {
    ExperimentSections.signed(value, metric)
  }

  private func percent(_ value: Double) -> String {
    "\(value > 0 ? "+" : "")\((value * 1000).rounded() / 10) %"
  }

  /// A number of customers, unless it is so small that single ones could be identified.
  static func people(_ count: Int) -> String {
    (1..<ExperimentAnalysis.smallestCell).contains(count)
      ? "<\(ExperimentAnalysis.smallestCell)" : NumberText.grouped(count)
  }

  /// The mature customers of an arm; of a few who are not the number is not shown.
  static func mature(_ arm: ExperimentResult.Arm) -> String {
    let waiting = arm.assigned - arm.matured
    return (1..<ExperimentAnalysis.smallestCell).contains(waiting)
      ? "nearly all" : people(arm.matured)
  }

  // MARK: Plain or Markdown

  private var bullet: String { isMarkdown ? "- " : "  " }

  private func heading(_ title: String, level: Int) -> String {
    isMarkdown ? String(repeating: "#", count: level) + " " + text(title) + "\n" : title
  }

  private func strong(_ sentence: String) -> String {
    isMarkdown ? "**\(text(sentence)).**" : sentence
  }

  /// Text from the data must not become markup.
  private func text(_ plain: String) -> String {
    guard isMarkdown else { return plain }
    var result = ""
    for character in plain {
      if "\\`*_{}[]<>|#".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }

  private func table(_ rows: [[String]]) -> [String] {
    if isMarkdown {
      let lines = rows.map { "| " + $0.map(text).joined(separator: " | ") + " |" }
      let rule = "|" + (rows.first ?? []).map { _ in "---|" }.joined()
      return lines.prefix(1) + [rule] + lines.dropFirst()
    }
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      var line = "  "
      for (cell, width) in zip(row, widths) {
        line += cell + String(repeating: " ", count: width - cell.count + 2)
      }
      return String(line.reversed().drop(while: \.isWhitespace).reversed())
    }
  }
}
