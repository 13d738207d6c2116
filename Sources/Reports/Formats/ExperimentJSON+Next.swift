// SPDX-License-Identifier: Apache-2.0
import Experiments
import Profiles
import Statistics

/// The parts of a campaign's JSON about what comes after it.
extension ExperimentJSON {
  /// Whom the next campaign should contact.
  struct Next: Encodable {
    struct Choice: Encodable {
      let tier: String
      let customers: Int
      let net: Double?
      let reason: String?
    }

    struct Point: Encodable {
      let tiers: [String]
      let depth: Double
      let gain: Double
      let interval: [Double]
      let random: Double
    }

    let arm: String
    let tiers: [String]
    let differ_p: Double
    let shrunken: [Double?]
    let contact: [Choice]
    let leave_out: [Choice]
    let customers: Int?
    let net: Double?
    let net_interval: [Double]?
    let chance_to_pay: Double?
    let curve: [Point]

    init(_ who: ExperimentResult.Who) {
      arm = who.arm
      tiers = who.names
      differ_p = who.heterogeneity.p
      shrunken = who.heterogeneity.shrunken.map { $0?.estimate }
      contact =
        who.cut?.chosen.map {
          Choice(tier: $0.name, customers: $0.customers, net: $0.net, reason: nil)
        } ?? []
      leave_out =
        who.cut?.leftOut.map {
          Choice(tier: $0.name, customers: $0.customers, net: nil, reason: $0.reason.rawValue)
        } ?? []
      customers = who.cut?.plan.customers
      net = who.cut?.plan.net
      net_interval = who.cut.map { [$0.plan.interval.lower, $0.plan.interval.upper] }
      chance_to_pay = who.cut?.plan.chanceToPay
      curve = who.curve.points.map {
        Point(
          tiers: $0.names,
          depth: $0.depth,
          gain: $0.gain,
          interval: [$0.interval.lower, $0.interval.upper],
          random: $0.random
        )
      }
    }
  }

  /// A step of the share without the event.
  struct Step: Encodable {
    let day: Int
    let share: Double
    let interval: [Double]

    init(_ step: KaplanMeier.Step) {
      day = step.day
      share = step.survival
      interval = [step.interval.lower, step.interval.upper]
    }
  }

  /// What was decided.
  struct Decision: Encodable {
    let at: Instant
    let decision: String
    let verdict: String
    let author: String
    let second: String?
    let reason: String
    let forecast: [Double]?
    let frozen: Bool
    let software: String

    init(_ decision: RecordedDecision, isFrozen: Bool) {
      at = decision.at
      self.decision = decision.kind.rawValue
      verdict = decision.verdict
      author = decision.author
      second = decision.secondAuthor
      reason = decision.reason
      forecast = decision.net.map { [$0.value, $0.lower, $0.upper] }
      frozen = isFrozen
      software = decision.software
    }
  }
}
