// SPDX-License-Identifier: Apache-2.0
import Experiments
import Postgres
import Profiles
package import Settings
package import Store
import YAMLSource

/// What a campaign takes, before it begins.
package struct CampaignPlan: Sendable {
  package let experiment: String
  package let metric: String
  package let isEvent: Bool
  package let baseline: Double
  package let effect: Double
  package let power: Double
  /// Customers of all arms that the effect takes; nil where no number is enough.
  package let customers: Int?
  /// The smallest effect that the candidates there are would show; nil without candidates.
  package let smallest: Double?
  /// How many times the customers of a test with one look.
  package let inflation: Double
  package let looks: Int
  package let shares: [(arm: String, share: Double)]
  package let candidates: [CandidateCount]
  /// Days until enough candidates have come at the present inflow; 0 where there are enough, nil where that is
  /// not known.
  package let days: Int?
}

/// What is asked of a plan.
package struct PlanQuestion: Sendable {
  /// The control's rate, or mean; nil takes what the campaign's control shows.
  package var baseline: Double?
  package var effect: Double?
  /// The standard deviation of an amount.
  package var deviation: Double?
  package var power: Double
  /// Of the outcome with a covariate.
  package var correlation: Double
  /// The share of the treated who can be reached.
  package var reach: Double

  package init(
    baseline: Double?,
    effect: Double?,
    deviation: Double?,
    power: Double,
    correlation: Double,
    reach: Double
  ) {
    self.baseline = baseline
    self.effect = effect
    self.deviation = deviation
    self.power = power
    self.correlation = correlation
    self.reach = reach
  }
}

extension Monitor {
  /// A plan that cannot be made as it is asked for.
  package struct Unplanned: Error, CustomStringConvertible {
    package let description: String
  }

  /// Says how many customers a campaign takes, how long they take to come, and what the present ones would show.
  ///
  /// - Throws: `Unplanned` with what is missing.
  package func plan(
    _ experiment: ExperimentSettings,
    _ question: PlanQuestion
  ) async throws -> CampaignPlan {
    guard let metric = experiment.metrics.first else {
      throw Unplanned(description: "the campaign has no 'metrics': what should change?")
    }
    guard experiment.split.count > 1 else {
      throw Unplanned(description: "the campaign has no 'split': give the shares of its arms")
    }
    guard let effect = question.effect ?? experiment.effect else {
      throw Unplanned(
        description:
          "which effect matters? Give --effect, or 'effect' in the configuration, as a difference"
      )
    }
    guard let baseline = question.baseline else {
      throw Unplanned(
        description:
          "what would happen without the campaign? Give --baseline: the share of '\(metric.name.value)', or "
          + "its mean"
      )
    }
    var outcome = SampleSize.Outcome.event(baseline: baseline)
    var isEvent = true
    if case .event = metric.kind {
      guard baseline > 0, baseline < 1 else {
        throw Unplanned(description: "--baseline of an event is a share between 0 and 1")
      }
    } else {
      guard let deviation = question.deviation, deviation > 0 else {
        throw Unplanned(description: "an amount needs its standard deviation: --deviation")
      }
      (outcome, isEvent) = (.amount(standardDeviation: deviation), false)
    }
    let all = experiment.split.values.reduce(0, +)
    let shares = experiment.split.sorted { $0.key < $1.key }.map { ($0.key, $0.value / all) }
    let control = (experiment.split[experiment.assignments.control] ?? 0) / all
    let treated = shares.filter { $0.0 != experiment.assignments.control && $0.1 > 0 }
    guard control > 0, let least = treated.map(\.1).min() else {
      throw Unplanned(description: "'split' needs a share for the control and for a treated arm")
    }
    let looks = max(1, experiment.reviews.count)
    let size = SampleSize(
      control: control,
      treated: least,
      power: question.power,
      correlation: question.correlation,
      reach: question.reach,
      arms: treated.count,
      looks: (1...looks).map { Double($0) / Double(looks) }
    )
    let signed = metric.isLowerBetter ? -abs(effect) : abs(effect)
    let needed = size.customers(outcome, effect: signed)
    let counts = try await candidates(experiment)?.counts() ?? []
    let present = counts.reduce(0) { $0 + $1.customers }
    return CampaignPlan(
      experiment: experiment.name.value,
      metric: metric.name.value,
      isEvent: isEvent,
      baseline: baseline,
      effect: signed,
      power: question.power,
      customers: needed,
      smallest: present > 1
        ? size.smallestEffect(outcome, customers: present, isFalling: metric.isLowerBetter) : nil,
      inflation: size.inflation,
      looks: looks,
      shares: shares.map { (arm: $0.0, share: $0.1) },
      candidates: counts,
      days: Self.days(needed, present: present, counts)
    )
  }

  private static func days(_ needed: Int?, present: Int, _ counts: [CandidateCount]) -> Int? {
    guard let needed, !counts.isEmpty else { return nil }
    if present >= needed { return 0 }
    let recent = counts.compactMap(\.recent).reduce(0, +)
    guard recent > 0 else { return nil }
    return Int(exactly: (Double(needed - present) / (Double(recent) / 28)).rounded(.up))
  }

  private func candidates(_ experiment: ExperimentSettings) async throws -> CandidateStore? {
    guard experiment.candidates != nil else { return nil }
    return try await CandidateStore(experiment, try await openForReading())
  }

  private func drawable(_ experiment: ExperimentSettings) async throws -> CandidateStore {
    guard experiment.split.count > 1 else {
      throw Unplanned(description: "the campaign has no 'split': give the shares of its arms")
    }
    // Writing a table of the user's takes the primary.
    guard let store = try await CandidateStore(experiment, try await open()) else {
      throw Unplanned(
        description: "the campaign has no 'candidates': name the table that its arms are drawn from"
      )
    }
    return store
  }

  /// Draws a campaign's arms among its candidates and gives the lines of a CSV file to `write`.
  package func draw(
    _ experiment: ExperimentSettings,
    seed: String,
    write: @escaping @Sendable ([UInt8]) throws -> Void
  ) async throws {
    try await drawable(experiment).draw(seed: seed, write: write)
  }

  /// Draws a campaign's arms among its candidates into a new table; returns how many were drawn.
  package func draw(
    _ experiment: ExperimentSettings,
    seed: String,
    into table: String
  ) async throws -> Int {
    try await drawable(experiment).draw(seed: seed, into: table)
  }
}
