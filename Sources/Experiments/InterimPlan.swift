// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Statistics

/// When a campaign's data are evaluated: the reviews that were planned, and the interim looks that
/// there were.
package struct InterimPlan: Sendable, Codable {
  package enum Kind: String, Sendable, Codable { case planned, unplanned }

  /// An interim look that was logged.
  package struct InterimLook: Sendable, Codable {
    package var at: Instant
    package var kind: Kind
    /// Mature customers.
    package var matured: Int
    /// Those over the planned ones; above 1 where more came.
    package var fraction: Double
    /// By treated arm, the difference on the primary metric in standard errors.
    package var scores: [String: Double]
    /// Customers assigned, by arm.
    package var assigned: [String: Int]
    /// What the primary metric was.
    package var metric: String
    /// What was advised, names of verdicts.
    package var verdict: String

    package init(
      at: Instant,
      kind: Kind,
      matured: Int,
      fraction: Double,
      scores: [String: Double],
      assigned: [String: Int],
      metric: String,
      verdict: String
    ) {
      self.at = at
      self.kind = kind
      self.matured = matured
      self.fraction = fraction
      self.scores = scores
      self.assigned = assigned
      self.metric = metric
      self.verdict = verdict
    }
  }

  /// When it was planned to decide, in order.
  package var reviews: [Instant]
  /// Customers planned in all arms; nil takes those who are assigned.
  package var customers: Int?
  /// Earlier interim looks, in order.
  package var log: [InterimLook]
  /// Whether this interim look is logged; one that is not cannot be a review.
  package var isLogged: Bool

  package init(
    reviews: [Instant] = [],
    customers: Int? = nil,
    log: [InterimLook] = [],
    isLogged: Bool = true
  ) {
    self.reviews = reviews
    self.customers = customers
    self.log = log
    self.isLogged = isLogged
  }

  /// The planned interim looks, without those at as many mature customers as now: looking at the
  /// same again spends nothing.
  private func decided(_ matured: Int) -> [InterimLook] {
    log.filter { $0.kind == .planned && $0.matured < matured }
  }

  /// Whether an interim look is a planned one: the first since a review became due, the first when
  /// all is mature, or one at what a planned interim look has seen already.
  ///
  /// - `isLast`: Whether nobody more is to mature and no review is left.
  package func kind(at moment: Instant, matured: Int, isLast: Bool) -> Kind {
    let planned = log.filter { $0.kind == .planned }
    if planned.contains(where: { $0.matured == matured }) { return .planned }
    guard !reviews.isEmpty, isLogged else { return .unplanned }
    if isLast { return .planned }
    guard let last = reviews.last(where: { $0 <= moment }) else { return .unplanned }
    return planned.contains { $0.at >= last } ? .unplanned : .planned
  }

  /// The next review after a moment.
  package func next(after moment: Instant) -> Instant? { reviews.first { $0 > moment } }

  /// What is said of a difference at a planned interim look: the interval that holds over all
  /// planned interim looks, by the boundary of this one, and the p-value that holds over them.
  ///
  /// O'Brien–Fleming type spending (Lan and DeMets 1983) of the share of planned customers that is
  /// mature; repeated intervals and p-values (Jennison and Turnbull 1989). A last interim look at
  /// fewer than were planned spends what is left: earlier shares are then taken of those who came,
  /// which is on the safe side.
  package func planned(
    _ difference: Double,
    standardError: Double,
    arm: String,
    matured: Int,
    fraction: Double,
    isLast: Bool
  ) -> (interval: Interval, p: Double)? {
    guard standardError > 0 else { return nil }
    let z = difference / standardError
    let earlier = decided(matured)
    let whole = isLast && fraction > 0 && fraction < 1 ? fraction : 1
    let fractions = (earlier.map(\.fraction) + [fraction]).map { $0 / whole }
    let scores = earlier.map { $0.scores[arm] ?? 0 } + [z]
    guard let boundary = GroupSequential().boundaries(fractions).last else { return nil }
    let margin = boundary * standardError
    return (
      Interval(lower: difference - margin, upper: difference + margin),
      GroupSequential.repeatedP(scores, fractions: fractions)
    )
  }
}
