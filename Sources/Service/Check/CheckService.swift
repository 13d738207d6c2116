// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Evaluation
import Postgres
package import Profiles
package import Reports
package import Settings
import SourceTables
import Store

/// Checks models: reads what is new, evaluates, records, and takes the steps that follow.
package struct CheckService: Sendable {
  let runtime: Runtime
  let rules: [Rule]
  let alerting: AlertingSettings

  package init(_ runtime: Runtime, rules: [Rule], alerting: AlertingSettings = AlertingSettings()) {
    self.runtime = runtime
    self.rules = rules
    self.alerting = alerting
  }

  /// How a model is checked.
  package struct Options: Sendable {
    /// Whether all closed buckets are compared with the rows, however old.
    package var isFullSweep = false
    /// Whether alerts change and steps follow; a check of the past leaves both alone.
    package var isLive = true

    package init(isFullSweep: Bool = false, isLive: Bool = true) {
      self.isFullSweep = isFullSweep
      self.isLive = isLive
    }
  }

  /// Checks a model under its lock, and takes the steps that follow after it.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - asOf: The moment as of which to check; what happened later is not read.
  ///   - now: The clock; later predictions are of the future.
  ///   - options: How it is checked.
  /// - Returns: One report for each version: the newest window of each kind, and those whose labels
  ///   have matured since the last check, or else the newest one whose labels are mature.
  /// - Throws: `ModelLocked` where another run is checking the model; `NotMigrated`; `ConfigErrors`
  ///   where the configuration does not fit the tables.
  package func check(
    _ model: ModelSettings,
    asOf: Instant,
    now: Instant,
    _ options: Options = Options()
  ) async throws -> [ModelReport] {
    precondition(asOf <= now, "buckets of the future cannot be closed")
    let outcome = try await runtime.withModelLock(model.name) { connection in
      let source = try await runtime.resolve(model)
      let readable = try await runtime.readableMoment(asOf, connection)
      let context = CycleContext(
        runtime: runtime,
        rules: rules.assigned(to: model.windows),
        alerting: alerting,
        source: source,
        connection: connection,
        asOf: readable,
        isBehind: readable < asOf,
        now: now,
        options: options
      )
      var cycle = try await CheckCycle(context)
      return try await cycle.run()
    }
    return try await runtime.retrying(model.name) { attempt in
      // The check has just reached the server.
      attempt.hasConnected = true
      let connection = try await runtime.open()
      if outcome.hasMovedAlerts {
        try await FollowUp(runtime, rules: rules).run(after: outcome, connection)
      }
      return try await reports(outcome, connection)
    }
  }

  /// The reports on a check, with the alerts and jobs as they stand after all that followed.
  private func reports(
    _ outcome: CheckOutcome,
    _ connection: Connection
  ) async throws -> [ModelReport] {
    let name = outcome.source.model.name
    let alerts = try await AlertStore(connection).alerts(name)
    let jobs = try await JobAdmin(connection).jobs(model: name)
    return outcome.evaluations.map { evaluation in
      var report = ModelReport(
        model: name,
        evaluation,
        issues: outcome.issues,
        features: outcome.features
      )
      report.alerts = alerts.reported(of: evaluation.version, asOf: outcome.asOf)
      report.jobs = Array(jobs.prefix(ModelReport.jobsShown))
      return report
    }
  }
}
