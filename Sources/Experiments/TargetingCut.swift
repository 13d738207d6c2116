// SPDX-License-Identifier: Apache-2.0
package import Statistics

/// Which tiers the next campaign should contact: those that pay, the best first, while it can.
///
/// Chosen by what is expected, not by significance: a tier that probably pays is worth contacting.
/// Give effects that are drawn towards their mean (`Heterogeneity`): the best of several measured
/// effects is on average too good (the winner's curse). Errors of tiers are taken as independent.
package struct TargetingCut: Sendable {
  /// What is known of a tier before the campaign.
  package struct Tier: Sendable {
    package var name: String
    package var customers: Int
    /// Successes gained per customer contacted, positive for better.
    package var effect: Double
    package var standardError: Double
    /// The worth of one success, and the cost of one customer.
    package var value: Double
    package var cost: Double

    package init(
      name: String,
      customers: Int,
      effect: Double,
      standardError: Double,
      value: Double,
      cost: Double
    ) {
      self.name = name
      self.customers = customers
      self.effect = effect
      self.standardError = standardError
      self.value = value
      self.cost = cost
    }

    /// What contacting one customer is expected to bring after its cost.
    package var net: Double { effect * value - cost }

    fileprivate var isMeasured: Bool {
      net.isFinite && standardError >= 0 && (standardError * value).isFinite
    }
  }

  /// Customers of a tier to contact, and what they are expected to bring.
  package struct Choice: Sendable {
    package let name: String
    package let customers: Int
    package let net: Double
  }

  /// Customers of a tier who are not to be contacted.
  package struct Rest: Sendable {
    package enum Reason: String, Sendable {
      /// Contacting them is not expected to bring more than it costs.
      case noNet = "no net"
      /// They would pay, but others pay more.
      case capacity
      /// Their effect is not known.
      case unmeasured
    }

    package let name: String
    package let customers: Int
    package let reason: Reason
  }

  /// What contacting customers is expected to bring.
  package struct Plan: Sendable {
    package let customers: Int
    package let net: Double
    package let standardError: Double
    package let interval: Interval
    /// The chance that the net is positive, by a flat prior.
    package let chanceToPay: Double

    fileprivate init(_ parts: [(tier: Tier, customers: Int)]) {
      customers = parts.reduce(0) { $0 + $1.customers }
      net = parts.reduce(0) { $0 + Double($1.customers) * $1.tier.net }
      let variance = parts.reduce(0.0) {
        let error = Double($1.customers) * $1.tier.value * $1.tier.standardError
        return $0 + error * error
      }
      standardError = variance.squareRoot()
      interval = Interval(estimate: net, standardError: standardError)
      chanceToPay =
        standardError > 0 ? Normal.upperTail(-net / standardError) : net > 0 ? 1 : 0
    }
  }

  /// The best first; the last perhaps in part.
  package let chosen: [Choice]
  /// Also the rest of a tier that is contacted in part.
  package let leftOut: [Rest]
  package let plan: Plan
  /// What it would be without a limit.
  package let unlimited: Plan
  /// What contacting all would be, those left out without a net too; tiers that are not measured
  /// are not in it.
  package let everyone: Plan

  /// Chooses among tiers; equal ones by name, so that the order given does not matter.
  ///
  /// - `capacity`: The most customers that can be contacted; nil for no limit.
  package init(_ tiers: [Tier], capacity: Int? = nil) {
    let filled = tiers.filter { $0.customers > 0 }.sorted { $0.name < $1.name }
    let measured = filled.filter(\.isMeasured)
    let paying = measured.filter { $0.net > 0 }.sorted {
      ($1.net, $0.name) < ($0.net, $1.name)
    }
    var left = max(0, capacity ?? .max)
    var parts: [(tier: Tier, customers: Int)] = []
    var rests: [Rest] = []
    for tier in paying {
      let part = min(left, tier.customers)
      left -= part
      if part > 0 { parts.append((tier, part)) }
      guard part < tier.customers else { continue }
      rests.append(
        Rest(name: tier.name, customers: tier.customers - part, reason: .capacity)
      )
    }
    for tier in filled where !tier.isMeasured || tier.net <= 0 {
      let reason = tier.isMeasured ? Rest.Reason.noNet : .unmeasured
      rests.append(Rest(name: tier.name, customers: tier.customers, reason: reason))
    }
    chosen = parts.map {
      Choice(name: $0.tier.name, customers: $0.customers, net: Double($0.customers) * $0.tier.net)
    }
    leftOut = rests
    plan = Plan(parts)
    unlimited = Plan(paying.map { ($0, $0.customers) })
    everyone = Plan(measured.map { ($0, $0.customers) })
  }
}
