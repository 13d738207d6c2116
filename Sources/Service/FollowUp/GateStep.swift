// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Postgres
import Profiles
import Retraining
import Settings
import SourceTables
import Store

/// Lets the gate decide on challengers whose trial is over.
struct GateStep: FollowUpStep {
  private let runtime: Runtime

  init(_ runtime: Runtime) { self.runtime = runtime }

  func run(
    _ context: FollowUpContext,
    _ versions: [ModelVersion]
  ) async throws -> [ModelVersion] {
    guard let retraining = context.model.retraining else { return versions }
    let store = VersionStore(context.connection)
    var roster = VersionRoster(versions)
    let trained = try await store.trained(context.number)
    for challenger in versions where challenger.isChallenging {
      let known = roster.versions
      let decided = try await decide(
        on: challenger,
        madeAt: trained.last {
          $0.job == challenger.job || $0.name == challenger.name
        }?.madeAt,
        roster,
        by: retraining.gate,
        in: context
      )
      guard let decided else { continue }
      let next = decided.roster
      let isDone = try await store.change(
        context.number,
        expecting: known,
        author: "gate",
        evidence: decided.evidence.map { [challenger.name: $0] } ?? [:],
        asOf: context.asOf
      ) { $0 = next }
      guard isDone else { return try await store.versions(context.number) }
      roster = next
      if decided.evidence != nil { runtime.log(roster, challenger.name, of: context.model) }
    }
    return roster.versions
  }

  /// Decides on one challenger; nil where nothing is due.
  ///
  /// What it scored from before it was made may be what it learnt from, and counts in no trial:
  /// the rows of a training end when its job is made.
  private func decide(
    on challenger: ModelVersion,
    madeAt: Instant?,
    _ roster: VersionRoster,
    by settings: RetrainingSettings.Gate,
    in context: FollowUpContext
  ) async throws -> (roster: VersionRoster, evidence: TrialEvidence?)? {
    var next = VersionRoster(roster.versions)
    if challenger.state == .awaitingApproval {
      // It passed while promotion was an operator's, and no longer is.
      guard settings.promote == .automatic else { return nil }
      try next.promote(challenger.name, now: context.asOf, reason: challenger.reason)
      return (next, nil)
    }
    let gate = settings.gate
    // Where fewer evaluations are allowed than there were, the last one is made again and decides.
    let evaluation = min(challenger.evaluations + 1, gate.evaluations)
    guard let champion = roster.champion, let first = challenger.firstScored else { return nil }
    let start =
      madeAt.map {
        $0 > first ? context.model.grid.firstEdge(atOrAfter: $0) : first
      } ?? first
    guard
      let range = gate.range(of: evaluation, since: start), context.areLabelsFinal(of: range)
    else { return nil }
    let trial = Trial(
      champion: champion.name,
      challenger: challenger.name,
      range: range,
      asOf: context.asOf,
      capacity: settings.capacity,
      confidence: gate.confidence
    )
    let evidence = try await TrialReading(runtime).evidence(of: trial, context.check.source)
    let decision = gate.decide(evidence, evaluation: evaluation)
    next.recordEvaluation(challenger.name, reason: decision.reason)
    switch decision {
    case .promote(let reason):
      if settings.promote == .automatic {
        try next.promote(challenger.name, now: context.asOf, reason: reason)
      } else {
        next.pass(challenger.name, now: context.asOf, reason: reason)
      }
    case .reject(let reason): try next.reject(challenger.name, now: context.asOf, reason: reason)
    case .extend: break
    }
    return (next, evidence)
  }
}

extension FollowUpContext {
  /// Whether the labels of the predictions of a range are final.
  fileprivate func areLabelsFinal(of range: TimeRange) -> Bool {
    guard let horizon = history.plan.horizon else { return false }
    return range.to <= history.closed
      && range.to.advanced(by: horizon).advanced(by: history.plan.lateness) <= asOf
  }
}
