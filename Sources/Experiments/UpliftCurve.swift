// SPDX-License-Identifier: Apache-2.0
package import Statistics

/// What a campaign would have gained had it contacted only the highest tiers, at each depth.
///
/// The cumulative gain of N. Radcliffe (2007) from the effects of tiers, in saves or money. It is
/// not divided by a "perfect" ranking's: nobody knows that, and where the campaign has no effect it
/// is 0. Normal intervals; errors of tiers are independent since no customer is in two.
package struct UpliftCurve: Sendable {
  /// Customers with the same rank, and the effect on them.
  package struct Tier: Sendable {
    package var name: String
    /// What tiers are ordered by, the highest first: risk, effect or net.
    package var rank: Double
    /// All of the tier, whether treated or not.
    package var customers: Int
    /// Successes gained per customer contacted, positive for better.
    package var effect: Double
    package var standardError: Double

    package init(
      name: String,
      rank: Double,
      customers: Int,
      effect: Double,
      standardError: Double
    ) {
      self.name = name
      self.rank = rank
      self.customers = customers
      self.effect = effect
      self.standardError = standardError
    }

    fileprivate var isMeasured: Bool {
      customers > 0 && rank.isFinite && effect.isFinite && standardError >= 0
        && standardError.isFinite
    }
  }

  /// What is gained.
  package enum Unit: Sendable {
    /// Successes for each 1,000 customers of all tiers, contacted or not.
    case savesPerThousand
    /// The worth of successes less the cost of contacts.
    case money(Prices)
  }

  /// What contacting the tiers until here gains.
  package struct Point: Sendable {
    /// The tiers that are new at this depth: several where their ranks are equal.
    package let names: [String]
    /// Customers until here, and their share of all.
    package let customers: Int
    package let depth: Double
    package let gain: Double
    package let interval: Interval
    /// What contacting as many customers at random gains: the diagonal.
    package let random: Double
    /// Gain less that of chance, with its own interval: both rest on the same effects.
    package let advantage: Double
    package let advantageInterval: Interval
  }

  /// By depth; nothing gained at depth 0 is not among them.
  package let points: [Point]

  /// The curve of measured tiers; those without a finite rank, effect and error are left out.
  package init(_ tiers: [Tier], unit: Unit = .savesPerThousand) {
    let ordered = tiers.filter(\.isMeasured).sorted { ($1.rank, $0.name) < ($0.rank, $1.name) }
    let all = ordered.reduce(0) { $0 + $1.customers }
    let (value, contact) =
      switch unit {
      case .savesPerThousand: (1000 / Double(max(1, all)), 0.0)
      case .money(let prices): (prices.value, prices.contact)
      }
    let gains = ordered.map { Double($0.customers) * ($0.effect * value - contact) }
    let errors = ordered.map { Double($0.customers) * value * $0.standardError }
    let total = gains.reduce(0, +)
    var points: [Point] = []
    var start = 0
    func isLast(_ place: Int) -> Bool {
      place + 1 == ordered.count || ordered[place + 1].rank < ordered[place].rank
    }
    for end in ordered.indices where isLast(end) {
      let customers = ordered[...end].reduce(0) { $0 + $1.customers }
      let depth = Double(customers) / Double(all)
      let gain = gains[...end].reduce(0, +)
      let off = errors.indices.map { errors[$0] * ($0 <= end ? 1 - depth : -depth) }
      let advantage = gain - depth * total
      points.append(
        Point(
          names: ordered[start...end].map(\.name),
          customers: customers,
          depth: depth,
          gain: gain,
          interval: Self.interval(gain, errors[...end]),
          random: depth * total,
          advantage: advantage,
          advantageInterval: Self.interval(advantage, off[...])
        )
      )
      start = end + 1
    }
    self.points = points
  }

  /// The interval of a sum from the errors of its parts.
  private static func interval(_ sum: Double, _ errors: ArraySlice<Double>) -> Interval {
    let variance = errors.reduce(0.0) { $0 + $1 * $1 }
    return Interval(estimate: sum, standardError: variance.squareRoot())
  }
}
