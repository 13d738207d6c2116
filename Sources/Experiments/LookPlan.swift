// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Statistics

/// When a campaign's data are looked at: the reviews that were planned, and the looks that there were.
package struct LookPlan: Sendable, Codable {
  package enum Kind: String, Sendable, Codable { case planned, unplanned }

  /// A look that was logged.
  package struct Look: Sendable, Codable {
    package var at: Instant
    package var kind: Kind
    /// Mature customers over those that were planned.
    package var fraction: Double
    /// By treated arm, the difference on the primary metric in standard errors.
    package var scores: [String: Double]
    /// Customers assigned, by arm.
    package var assigned: [String: Int]
    /// What the primary metric was.
    package var metric: String

    package init(
      at: Instant,
      kind: Kind,
      fraction: Double,
      scores: [String: Double],
      assigned: [String: Int],
      metric: String
    ) {
      self.at = at
      self.kind = kind
      self.fraction = fraction
      self.scores = scores
      self.assigned = assigned
      self.metric = metric
    }
  }

  /// When it was planned to decide, in order.
  package var reviews: [Instant]
  /// Customers planned in all arms; nil takes those who are assigned.
  package var customers: Int?
  /// Earlier looks, in order.
  package var log: [Look]

  package init(reviews: [Instant] = [], customers: Int? = nil, log: [Look] = []) {
    self.reviews = reviews
    self.customers = customers
    self.log = log
  }

  private var decided: [Look] { log.filter { $0.kind == .planned } }

  /// Whether a look is a planned one: the first since a review became due.
  package func kind(at moment: Instant) -> Kind {
    let due = reviews.filter { $0 <= moment }
    guard let last = due.last else { return .unplanned }
    return decided.contains { $0.at >= last } ? .unplanned : .planned
  }

  /// The next review after a moment.
  package func next(after moment: Instant) -> Instant? { reviews.first { $0 > moment } }

  /// What is said of a difference at a planned look: the interval that holds over all planned looks, by the
  /// boundary of this one, and the p-value that holds over them.
  ///
  /// O'Brien–Fleming type spending (Lan and DeMets 1983) of the share of planned customers that is mature;
  /// repeated intervals and p-values (Jennison and Turnbull 1989).
  package func planned(
    _ difference: Double,
    standardError: Double,
    arm: String,
    fraction: Double
  ) -> (interval: Interval, p: Double, boundary: Double)? {
    guard standardError > 0 else { return nil }
    let z = difference / standardError
    let fractions = decided.map(\.fraction) + [fraction]
    let scores = decided.map { $0.scores[arm] ?? 0 } + [z]
    guard let boundary = GroupSequential().boundaries(fractions).last else { return nil }
    let margin = boundary * standardError
    return (
      Interval(lower: difference - margin, upper: difference + margin),
      GroupSequential.repeatedP(scores, fractions: fractions), boundary
    )
  }
}
