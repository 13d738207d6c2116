// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Profiles
import Statistics

/// The report on a campaign as JSON; keys without a value are absent.
enum ExperimentJSON {
  static func render(_ result: ExperimentResult, decisions: DecisionLog) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Document(result, decisions)), as: UTF8.self) + "\n"
  }

  /// A number of customers, unless it is so small that single ones could be identified.
  private static func published(_ count: Int) -> Int? {
    (1..<ExperimentAnalysis.smallestCell).contains(count) ? nil : count
  }

  private struct Document: Encodable {
    let schema = 1
    let experiment: String
    let as_of: Instant
    let verdicts: [Verdict]
    let health: [Health]
    let arms: [Arm]
    let maturity: Maturity
    let guarantee: String
    let effects: [Effect]
    let tiers: [Tier]
    let hidden_tiers: Int
    let money: [String: Money]
    let look: InterimLook
    let guardrails: [Guardrail]
    let segments: [String: [Tier]]
    let next: [Next]
    let survival: [String: [Step]]
    let ledger: [Line]
    let decisions: [Decision]

    init(_ result: ExperimentResult, _ log: DecisionLog) {
      experiment = result.name
      as_of = result.asOf
      verdicts = result.verdicts.map {
        Verdict(verdict: $0.kind.rawValue, arm: $0.arm, tiers: $0.tiers, sentence: $0.sentence)
      }
      health = result.health.map {
        Health(check: $0.check, state: $0.state.rawValue, text: $0.text)
      }
      arms = result.arms.map {
        Arm(
          arm: $0.name,
          control: $0.isControl,
          assigned: published($0.assigned),
          mature: (1..<ExperimentAnalysis.smallestCell).contains($0.assigned - $0.matured)
            ? nil : published($0.matured),
          reached: $0.reached.flatMap(published)
        )
      }
      // Where an arm is not published, the whole must not give it away.
      let isPublished = result.arms.allSatisfy { arm in
        let small = 1..<ExperimentAnalysis.smallestCell
        return !small.contains(arm.assigned) && !small.contains(arm.assigned - arm.matured)
      }
      maturity = Maturity(
        assigned: isPublished ? result.maturity.assigned : nil,
        mature: isPublished ? result.maturity.matured : nil,
        final: result.maturity.isFinal,
        most_by: result.maturity.mostBy?.description,
        all_by: result.maturity.allBy?.description
      )
      guarantee = result.look.guarantee
      look = InterimLook(
        kind: result.look.kind.rawValue,
        number: result.look.number,
        fraction: result.look.fraction,
        planned: result.look.planned,
        next_review: result.look.next
      )
      guardrails = result.guardrails.map {
        Guardrail(
          metric: $0.metric.name,
          arm: $0.arm,
          state: $0.state.rawValue,
          margin: $0.metric.margin,
          worse: $0.worse.map { [$0.lower, $0.upper] }
        )
      }
      segments = Dictionary(
        uniqueKeysWithValues: result.segments.map { ($0.column, $0.levels.map(Tier.init)) }
      )
      next = result.who.map(Next.init)
      survival = Dictionary(
        uniqueKeysWithValues: result.survival.map { ($0.arm, $0.steps.map(Step.init)) }
      )
      ledger = result.ledger.map {
        Line(
          from: $0.from.description,
          to: $0.to.description,
          assigned: $0.assigned,
          mature: $0.matured,
          waiting: $0.assigned - $0.matured
        )
      }
      decisions = log.decisions.map { Decision($0, isFrozen: log.isFrozen(by: $0)) }
      effects = result.effects.map(Effect.init)
      tiers = result.tiers.map(Tier.init)
      hidden_tiers = result.hiddenTiers
      money = result.money.mapValues(Money.init)
    }
  }

  private struct Verdict: Encodable {
    let verdict: String
    let arm: String?
    let tiers: [String]
    let sentence: String
  }

  private struct InterimLook: Encodable {
    let kind: String
    let number: Int
    let fraction: Double
    let planned: Int
    let next_review: Instant?
  }

  private struct Guardrail: Encodable {
    let metric: String
    let arm: String
    let state: String
    let margin: Double
    let worse: [Double]?
  }

  private struct Line: Encodable {
    let from: String
    let to: String
    let assigned: Int
    let mature: Int
    let waiting: Int
  }

  private struct Health: Encodable {
    let check: String
    let state: String
    let text: String
  }

  private struct Arm: Encodable {
    let arm: String
    let control: Bool
    let assigned: Int?
    let mature: Int?
    let reached: Int?
  }

  private struct Maturity: Encodable {
    let assigned: Int?
    let mature: Int?
    let `final`: Bool
    let most_by: String?
    let all_by: String?
  }

  private struct Effect: Encodable {
    let metric: String
    let arm: String
    let better: String
    let control: Double
    let treated: Double
    let sample: [Int]
    let difference: Double
    let interval: [Double]
    let p: Double
    let adjusted_p: Double
    let lift: Double?
    let lift_interval: [Double]?
    let method: String
    let variance_reduction: Double?
    let unadjusted_difference: Double
    let chance_to_win: Double
    let prior_deviation: Double?
    let per_reached: Double?
    let per_reached_interval: [Double]?

    init(_ effect: ExperimentResult.Effect) {
      metric = effect.metric.name
      arm = effect.arm
      better = effect.metric.isLowerBetter ? "lower" : "higher"
      control = effect.contrast.controlValue
      treated = effect.contrast.treatedValue
      chance_to_win = effect.belief.chanceToWin
      prior_deviation = effect.belief.priorDeviation
      per_reached = effect.perReached?.value
      per_reached_interval = effect.perReached.map { [$0.interval.lower, $0.interval.upper] }
      sample = [effect.contrast.control.count, effect.contrast.treated.count]
      difference = effect.best.difference
      interval = [effect.interval.lower, effect.interval.upper]
      p = effect.p
      adjusted_p = effect.adjustedP
      lift = effect.contrast.lift?.value
      lift_interval = effect.contrast.lift.map { [$0.interval.lower, $0.interval.upper] }
      method = effect.best.method
      variance_reduction = effect.best.varianceReduction
      unadjusted_difference = effect.contrast.difference
    }
  }

  private struct Tier: Encodable {
    let tier: String
    let arm: String
    let assigned: Int
    let difference: Double
    let interval: [Double]
    let adjusted_p: Double
    let harmed: Bool
    let helped: Bool
    let net: Double?

    init(_ tier: ExperimentResult.Tier) {
      self.tier = tier.name
      arm = tier.arm
      assigned = tier.assigned
      difference = tier.contrast.difference
      interval = [tier.contrast.interval.lower, tier.contrast.interval.upper]
      adjusted_p = tier.adjustedP
      harmed = tier.isHarmed
      helped = tier.isHelped
      net = tier.money?.net
    }
  }

  private struct Money: Encodable {
    let currency: String
    let customers: Int
    let gained: Double
    let cost: Double
    let net: Double
    let interval: [Double]
    let chance_to_pay: Double
    let break_even: Double
    let value: Double
    let given_away: Double?
    let loss_if_continued: Double
    let loss_if_stopped: Double

    init(_ money: NetBenefit) {
      currency = money.currency
      customers = money.customers
      gained = money.gained
      cost = money.cost
      net = money.net
      interval = [money.interval.lower, money.interval.upper]
      chance_to_pay = money.chanceToPay
      break_even = money.breakEven
      value = money.value
      given_away = money.givenAway
      loss_if_continued = money.lossIfContinued
      loss_if_stopped = money.lossIfStopped
    }
  }
}
