// SPDX-License-Identifier: Apache-2.0
import Alerting
import Evaluation
import Failpoints
import Postgres
import Profiles
import Settings
import SourceTables
import Store

/// What all stages of one check share and none changes.
struct CycleContext: Sendable {
  let runtime: Runtime
  let rules: [Rule]
  let alerting: AlertingSettings
  let source: Source
  let connection: Connection
  let asOf: Instant
  /// Whether rows are read from a replica that had not replayed up to the moment that was asked
  /// for.
  let isBehind: Bool
  let now: Instant
  let options: CheckService.Options

  var model: ModelSettings { source.model }
  var plan: EvaluationPlan { EvaluationPlan(source.model) }
  /// The end of the newest closed bucket.
  var closed: Instant { plan.closed(asOf: asOf) }
  var progress: ProgressReporter { runtime.progress }

  func reach(_ point: Failpoint) { runtime.failpoints.reach(point) }
}
