// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Evaluation
import Postgres
package import Profiles
package import Reports
package import Settings
import Store

/// Runs past time as if it were live: the back-test of rules.
package struct ReplayService: Sendable {
  private let runtime: Runtime
  private let rules: [Rule]

  package init(_ runtime: Runtime, rules: [Rule]) {
    self.runtime = runtime
    self.rules = rules
  }

  /// What a check would have said at a moment.
  package struct Step: Sendable {
    package let moment: Instant
    package var reports: [ModelReport] = []
    /// The alerts that changed.
    package var changes: [AlertChange] = []
  }

  /// Runs past time as if it were live: at each moment from the rows and labels known then.
  ///
  /// A row is known from its own time on and counts when its bucket has closed; a label is known
  /// from its time of arrival on. Rules, bins and reference are today's. Watermarks and stored
  /// counts are left alone; findings are recorded unless `isDry`, each moment with the replay's
  /// watermark, so that an interrupted replay resumes where it stopped.
  ///
  /// Alerts begin with none and change as they would have; nothing of them is stored.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - plan: The moments.
  ///   - isDry: Whether nothing is written.
  ///   - now: The clock.
  ///   - onStep: Receives each moment in order.
  /// - Complexity: O(rows of the range + labels of the range + moments · (buckets + windows)).
  /// - Throws: `NoReference` where nothing can be compared; `ModelLocked` unless `isDry`.
  package func replay(
    _ model: ModelSettings,
    _ plan: ReplayPlan,
    isDry: Bool,
    now: Instant,
    onStep: @escaping @Sendable (Step) -> Void
  ) async throws {
    let request = ReplayRun.Request(
      runtime: runtime,
      rules: rules.assigned(to: model.windows),
      model: model,
      plan: plan,
      isDry: isDry,
      now: now
    )
    if isDry {
      let connection = try await runtime.openMigrated()
      let run = try await ReplayRun(request, connection)
      try await run?.run(onStep) ?? plan.moments.forEach { onStep(Step(moment: $0)) }
    } else {
      try await runtime.withModelLock(model.name) { connection in
        let run = try await ReplayRun(request, connection)
        try await run?.run(onStep) ?? plan.moments.forEach { onStep(Step(moment: $0)) }
      }
    }
  }
}
