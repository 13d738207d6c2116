// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Logging
import Postgres
import Profiles
import Retraining
import Settings
import SourceTables
import Store

/// Decides, after a check, whether a model is trained again, and creates a job where it is.
///
/// Only the champion is asked about; of a model whose versions are not distinguished, each that is
/// in use.
struct RetrainingStep: FollowUpStep {
  private let runtime: Runtime
  private let rules: [Rule]

  init(_ runtime: Runtime, rules: [Rule]) {
    self.runtime = runtime
    self.rules = rules
  }

  func run(
    _ context: FollowUpContext,
    _ versions: [ModelVersion]
  ) async throws -> [ModelVersion] {
    guard let settings = context.model.retraining else { return versions }
    let alerts = try await AlertStore(context.connection).alerts(context.model.name)
    for evaluation in candidates(context, versions) {
      let firing = alerts.filter {
        $0.alert.key.version == evaluation.version && $0.alert.state == .firing
          && $0.extras.retrains
      }
      let question = Question(
        settings: settings,
        evaluation: evaluation,
        firing: firing,
        versions: versions
      )
      let log = runtime.log(of: context.model.name)
      let advised = AdviceStore(context.connection)
      func note(_ decision: String) async throws {
        try await advised.decide(
          model: context.number,
          version: evaluation.version,
          decision
        )
      }
      switch try await create(question, context) {
      case .nothing, .duplicate: continue
      case .suppressed(let reason):
        log.info("no retraining: \(reason)", metadata: ["version": "\(evaluation.version)"])
        try await note("no job: \(reason)")
        continue
      case .created(let job):
        log.notice("created retraining job \(job)", metadata: ["job": "\(job)"])
        try await note("job \(job) was made")
      case .coalesced(let job):
        log.info("job \(job) covers it", metadata: ["job": "\(job)"])
        try await note("job \(job) is open and covers it")
      }
      return versions
    }
    return versions
  }

  /// What is asked about one version.
  private struct Question: Sendable {
    let settings: RetrainingSettings
    let evaluation: VersionEvaluation
    let firing: [StoredAlert]
    let versions: [ModelVersion]
  }

  /// The versions to ask about; the one that began last is the one to be replaced first.
  private func candidates(
    _ context: FollowUpContext,
    _ versions: [ModelVersion]
  ) -> [VersionEvaluation] {
    let starts = context.history.activity.starts
    let champion = VersionRoster(versions).champion?.name
    let inUse = Set(context.history.versionsInNewestWindow)
    return context.check.evaluations.filter {
      champion.map($0.version.elementsEqual) ?? inUse.contains($0.version)
    }.sorted {
      (starts[$0.version] ?? .distantPast, $0.version)
        > (starts[$1.version] ?? .distantPast, $1.version)
    }
  }

  /// Creates a job where the policy asks for one.
  private func create(
    _ question: Question,
    _ context: FollowUpContext
  ) async throws -> JobOutcome {
    let (evaluation, settings) = (question.evaluation, question.settings)
    let (version, advice) = (evaluation.version, evaluation.advice)
    let (history, asOf) = (context.history, context.asOf)
    let facts = TriggerFacts(history.plan, evaluation, rules: rules)
    let triggers = question.firing.map { trigger($0, facts) }
    let onset = triggers.map(\.onset).min()
    let policy = settings.policy(history.plan.grid.calendar)
    let horizon = history.plan.horizon ?? .zero
    return try await JobStore(context.connection).make(
      JobRequest(
        model: context.number,
        asOf: asOf,
        version: version,
        author: "policy",
        maximumAttempts: settings.maximumAttempts
      )
    ) { jobs in
      let trained = jobs.trained.map { $0.advanced(by: -horizon) }
      // What was learnt from labels of the time before would be what the version knows already.
      let since = [trained, onset].compactMap(\.self).max()
      return policy.decide(
        RetrainingCase(
          version: version,
          since: history.activity.starts[version] ?? asOf,
          advice: advice,
          triggers: triggers,
          history: jobs,
          labels: history.activity.finalLabels(since: since ?? .distantPast),
          labelsSince: since,
          missedPerMonth: question.firing.compactMap { facts.missedPerMonth($0.alert) }.max()
        ),
        now: asOf
      )
    } task: { order in
      try await TrainingTasks(runtime).task(
        TrainingTasks.Request(
          source: context.check.source,
          remedy: order.remedy,
          version: version,
          reason: order.reason,
          map: advice?.map.map { TrainingTask.Map(intercept: $0.intercept, slope: $0.slope) },
          asOf: asOf,
          decaySince: onset,
          versions: question.versions
        )
      )
    }
  }

  private func trigger(_ stored: StoredAlert, _ facts: TriggerFacts) -> RetrainingCase.Trigger {
    let alert = stored.alert
    return RetrainingCase.Trigger(
      alert: stored.identifier,
      rule: alert.key.rule,
      severity: alert.severity,
      since: alert.firingSince ?? alert.since,
      window: alert.newest.window,
      onset: facts.onset(alert),
      reason: alert.newest.reason
    )
  }
}
