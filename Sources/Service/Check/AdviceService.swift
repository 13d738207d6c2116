// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Postgres
import Retraining
package import Reports
package import Settings
import Store

/// Answers whether a model must be trained now, with what, and why not: from what the last check
/// has stored.
package struct AdviceService: Sendable {
  private let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

  /// Returns what the last check of a model advised, and what keeps a job from being made.
  package func answer(_ model: ModelSettings) async throws -> AdviceAnswer {
    let connection = try await runtime.openMigrated()
    let advice = try await AdviceStore(connection).last(model.name)
    let alerts = try await AlertStore(connection).alerts(model.name)
    let job = try await JobAdmin(connection).jobs(model: model.name).first { !$0.state.isOver }
    return AdviceAnswer(
      model: model.name,
      asOf: try await FindingStore(connection).lastCheck(model.name),
      versions: advice.map { item in
        let pending = alerts.map(\.alert).filter {
          $0.key.version == item.version && $0.state == .pending && $0.severity >= .warning
        }.sorted { $0.key < $1.key }
        var advice = Advice(item.action, item.reason, cause: item.cause)
          .since(item.onset, setAside: item.setAside)
        advice.isBlind = item.isBlind
        return AdviceAnswer.Version(
          version: item.version,
          advice: advice,
          map: item.map,
          decision: decision(item, model),
          pending: pending.map { "\($0.key.rule) of \($0.key.subject): \($0.reason)" }
        )
      },
      job: job.map(\.identifier)
    )
  }

  private func decision(_ item: StoredAdvice, _ model: ModelSettings) -> String? {
    if let decision = item.decision { return decision }
    guard [.retrain, .recalibrate].contains(item.action) else { return nil }
    return model.retraining == nil
      ? "no job: '\(model.name)' has no 'retraining' in the configuration"
      : "no job: no alert that asks for one fires"
  }
}
