// SPDX-License-Identifier: Apache-2.0
import Alerting
import Evaluation
import Postgres
import Profiles
import Retraining
import Settings
import SourceTables

/// What follows a check that was recorded and moved alerts: versions are recognised and promoted,
/// the registry is kept in step, and a retraining job is made where it helps.
///
/// The steps run after the model's lock was released.
struct FollowUp: Sendable {
  private let steps: [any FollowUpStep]

  init(_ runtime: Runtime, rules: [Rule]) {
    steps = [
      VersionStep(runtime), GateStep(runtime), RegistryStep(runtime),
      RetrainingStep(runtime, rules: rules),
    ]
  }

  func run(after check: CheckOutcome, _ connection: Connection) async throws {
    guard let history = check.history else { return }
    let context = FollowUpContext(check: check, history: history, connection: connection)
    var versions: [ModelVersion] = []
    for step in steps { versions = try await step.run(context, versions) }
  }
}

/// A step that follows a check.
///
/// Two processes may take the same step at once: each must refuse what another has changed
/// meanwhile.
protocol FollowUpStep: Sendable {
  /// Takes the step.
  ///
  /// - Parameters:
  ///   - context: The check that it follows.
  ///   - versions: The model's versions, as the step before has left them.
  /// - Returns: The versions as they are then.
  /// - Throws: What the database throws; the steps after it are not taken then.
  func run(_ context: FollowUpContext, _ versions: [ModelVersion]) async throws -> [ModelVersion]
}

/// What all steps after one check share.
struct FollowUpContext: Sendable {
  let check: CheckOutcome
  let history: ModelHistory
  let connection: Connection

  var model: ModelSettings { check.source.model }
  /// The model's number.
  var number: Int { check.number }
  var asOf: Instant { check.asOf }
}
