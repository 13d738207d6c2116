// SPDX-License-Identifier: Apache-2.0
import Experiments
import Postgres
package import Settings
import SourceTables

extension CampaignService {
  /// A plan that cannot be made as it is asked for.
  package struct Unplanned: Error, CustomStringConvertible {
    package let description: String
  }

  /// Says how many customers a campaign takes, how long they take to come, and what the present
  /// ones would show.
  ///
  /// - Parameters:
  ///   - experiment: The campaign.
  ///   - question: What is known and wanted.
  /// - Returns: The plan.
  /// - Throws: `Unplanned` with what is missing.
  package func plan(
    _ experiment: ExperimentSettings,
    _ question: PlanQuestion
  ) async throws -> CampaignPlan {
    let goal = try PlannedGoal(experiment, question)
    let arms = try PlannedArms(experiment)
    let looks = max(1, experiment.reviews.count)
    let size = SampleSize(
      control: arms.control,
      treated: arms.smallestTreated,
      test: SampleSize.Test(
        power: question.power,
        looks: (1...looks).map { Double($0) / Double(looks) }
      ),
      correlation: question.correlation,
      reach: question.reach,
      arms: arms.treatedCount
    )
    let needed = size.customers(goal.outcome, effect: goal.effect)
    let counts = try await candidates(experiment)?.counts() ?? []
    let present = counts.reduce(0) { $0 + $1.customers }
    return CampaignPlan(
      experiment: experiment.name,
      metric: goal.metric.name,
      isEvent: goal.isEvent,
      baseline: goal.baseline,
      effect: goal.effect,
      power: question.power,
      customers: needed,
      smallest: present > 1
        ? size.smallestEffect(
          goal.outcome,
          customers: present,
          isFalling: goal.metric.isLowerBetter
        ) : nil,
      inflation: size.inflation,
      looks: looks,
      shares: arms.shares,
      candidates: counts,
      days: Self.days(needed, present: present, counts)
    )
  }

  /// Days until enough candidates have come at the inflow of the last four weeks.
  private static func days(_ needed: Int?, present: Int, _ counts: [CandidateCount]) -> Int? {
    guard let needed, !counts.isEmpty else { return nil }
    if present >= needed { return 0 }
    let recent = counts.compactMap(\.recent).reduce(0, +)
    guard recent > 0 else { return nil }
    return Int(exactly: (Double(needed - present) / (Double(recent) / 28)).rounded(.up))
  }

  private func candidates(_ experiment: ExperimentSettings) async throws -> CandidateStore? {
    guard experiment.candidates != nil else { return nil }
    return try await runtime.placing {
      try await CandidateStore(experiment, try await runtime.openForReading())
    }
  }
}

/// What a campaign should change, and by how much.
private struct PlannedGoal {
  let metric: MetricSource
  let baseline: Double
  /// The effect that matters, negative where less is better.
  let effect: Double
  let outcome: SampleSize.Outcome
  let isEvent: Bool

  /// Reads a goal; says what is missing.
  init(
    _ experiment: ExperimentSettings,
    _ question: PlanQuestion
  ) throws(CampaignService.Unplanned) {
    typealias Unplanned = CampaignService.Unplanned
    guard let metric = experiment.metrics.first else {
      throw Unplanned(description: "the campaign has no 'metrics': what should change?")
    }
    guard experiment.split.count > 1 else { throw Unplanned.noSplit }
    guard let effect = question.effect ?? experiment.effect else {
      throw Unplanned(
        description:
          "which effect matters? Give --effect, or 'effect' in the configuration, as a difference"
      )
    }
    guard let baseline = question.baseline else {
      throw Unplanned(
        description: "what would happen without the campaign? Give --baseline: the share of "
          + "'\(metric.name)', or its mean"
      )
    }
    if case .event = metric.kind {
      guard baseline > 0, baseline < 1 else {
        throw Unplanned(description: "--baseline of an event is a share between 0 and 1")
      }
      (outcome, isEvent) = (.event(baseline: baseline), true)
    } else {
      guard let deviation = question.deviation, deviation > 0 else {
        throw Unplanned(description: "an amount needs its standard deviation: --deviation")
      }
      (outcome, isEvent) = (.amount(standardDeviation: deviation), false)
    }
    self.metric = metric
    self.baseline = baseline
    self.effect = metric.isLowerBetter ? -abs(effect) : abs(effect)
  }
}

/// The shares of a campaign's arms.
private struct PlannedArms {
  /// By name.
  let shares: [(arm: String, share: Double)]
  let control: Double
  let smallestTreated: Double
  let treatedCount: Int

  /// Reads the shares of a split; says what is missing.
  init(_ experiment: ExperimentSettings) throws(CampaignService.Unplanned) {
    let all = experiment.split.values.reduce(0, +)
    let name = experiment.assignments.control
    shares = experiment.split.sorted { $0.key < $1.key }.map { ($0.key, $0.value / all) }
    control = (experiment.split[name] ?? 0) / all
    let treated = shares.filter { $0.arm != name && $0.share > 0 }
    guard control > 0, let least = treated.map(\.share).min() else {
      throw CampaignService.Unplanned(
        description: "'split' needs a share for the control and for a treated arm"
      )
    }
    smallestTreated = least
    treatedCount = treated.count
  }
}

extension CampaignService.Unplanned {
  /// A campaign without arms.
  static let noSplit = Self(
    description: "the campaign has no 'split': give the shares of its arms"
  )
}
