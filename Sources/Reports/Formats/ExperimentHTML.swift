// SPDX-License-Identifier: Apache-2.0
import Checks
import Experiments
import Foundation
import Mustache
import Profiles
import Statistics

/// The report on a campaign as one self-contained page, the verdict first.
enum ExperimentHTML {
  static func render(_ result: ExperimentResult, decisions: DecisionLog) throws -> String {
    let page = ExperimentPage(result: result, decisions: decisions, isMarkdown: false)
    let sections = page.sections
    let primary = result.primary
    let template = try MustacheTemplate(string: Template.campaign)
    let values: [String: Any] = [
      "name": result.name, "asOf": result.asOf.description, "style": Template.style,
      "verdicts": result.verdicts.map { verdict in
        [
          "words": ([verdict.kind.text] + [verdict.tiers.joined(separator: ", ")])
            .filter { !$0.isEmpty }.joined(separator: " "),
          "arm": verdict.arm ?? "", "sentence": verdict.sentence,
          "class": style(of: verdict.kind),
        ]
      },
      "health": result.health.map {
        [
          "check": $0.check, "text": $0.text,
          "badge": $0.state == .ok ? "info" : $0.state == .warning ? "warning" : "critical",
          "state": $0.state == .ok ? "ok" : $0.state == .warning ? "warn" : "blocks the verdict",
        ]
      },
      "arms": result.arms.map {
        [
          "name": $0.name + ($0.isControl ? " (control)" : ""),
          "assigned": ExperimentPage.people($0.assigned),
          "mature": ExperimentPage.mature($0),
        ]
      },
      "guarantee": result.look.guarantee + page.maturity,
      "effects": table(page.effects),
      "decided": sections.decided, "hasDecided": !sections.decided.isEmpty,
      "beliefs": sections.beliefs,
      "guardrails": sections.guardrails, "hasGuardrails": !sections.guardrails.isEmpty,
      "who": sections.who.map {
        ["arm": $0.arm, "lines": $0.lines, "curve": table($0.rows)] as [String: Any]
      },
      "segments": sections.segments.map {
        [
          "title": $0.title, "levels": table($0.rows),
          "hidden": $0.hidden > 0 ? ExperimentPage.hidden($0.hidden) : "",
        ] as [String: Any]
      },
      "survival": table(sections.survival), "hasSurvival": !sections.survival.isEmpty,
      "curves": SurvivalPicture(result).svg,
      "ledger": table(sections.ledger), "hasLedger": result.ledger.count > 1,
      "hasTiers": !result.tiers.isEmpty || result.hiddenTiers > 0,
      "tiers": table(page.tiers),
      "hasForest": !forest(result).isEmpty,
      "forest": forest(result),
      "zero": zero(result),
      "better": primary.isLowerBetter
        ? "left of the line is better" : "right of the line is better",
      "hidden": page.hidden ?? "",
      "primary": primary.name,
      "money": result.money.sorted { $0.key < $1.key }.map { arm, money in
        [
          "arm": arm,
          "lines": page.money(money).map { $0.trimmingCharacters(in: .whitespaces) },
        ] as [String: Any]
      },
    ]
    return template.render(values)
  }

  private static func style(of kind: ExperimentResult.Verdict.Kind) -> String {
    switch kind {
    case .rollOut, .target: "good"
    case .keepRunning: "wait"
    case .stopNoBenefit, .stopHarm, .cannotJudge: ""
    }
  }

  private static func table(_ rows: [[String]]) -> [String: Any] {
    [
      "head": rows.first ?? [],
      "rows": rows.dropFirst().map { ["cells": $0] },
    ]
  }

  /// Effects on the primary metric, of all and by tier, with their intervals.
  private static func intervals(_ result: ExperimentResult) -> [(String, Double, Interval)] {
    let all = result.effects.filter(\.isPrimary).map {
      ("all, \($0.arm)", $0.best.difference, $0.interval)
    }
    let tiers = result.tiers.map {
      ("\($0.name), \($0.arm)", $0.contrast.difference, $0.contrast.interval)
    }
    return all + tiers
  }

  /// The ends of the picture's scale: all intervals, and nothing.
  private static func scale(_ result: ExperimentResult) -> (low: Double, width: Double)? {
    let intervals = intervals(result)
    guard let low = intervals.map(\.2.lower).min(), let high = intervals.map(\.2.upper).max() else {
      return nil
    }
    let (from, to) = (min(0, low), max(0, high))
    let margin = max((to - from) * 0.04, 1e-12)
    return (from - margin, to - from + 2 * margin)
  }

  private static func percent(_ value: Double, _ scale: (low: Double, width: Double)) -> String {
    String(format: "%.2f", 100 * (value - scale.low) / scale.width)
  }

  private static func zero(_ result: ExperimentResult) -> String {
    scale(result).map { percent(0, $0) } ?? "0"
  }

  private static func forest(_ result: ExperimentResult) -> [[String: String]] {
    guard let scale = scale(result) else { return [] }
    let metric = result.primary
    return intervals(result).map { name, value, interval in
      let isClear = interval.lower > 0 || interval.upper < 0
      let isGood = (value < 0) == metric.isLowerBetter
      return [
        "name": name, "from": percent(interval.lower, scale),
        "width": String(format: "%.2f", 100 * (interval.upper - interval.lower) / scale.width),
        "at": percent(value, scale), "class": isClear ? isGood ? "better" : "worse" : "unclear",
        "text": metric.kind == .event
          ? String(format: "%+.2f points", 100 * value) : String(format: "%+.3f", value),
      ]
    }
  }
}
