// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Reports
import Retraining
import Settings
import SourceTables
import Store

/// Makes the tasks that trainers get.
struct TrainingTasks: Sendable {
  private let runtime: Runtime

  init(_ runtime: Runtime) { self.runtime = runtime }

  /// What a job is made for.
  struct Request: Sendable {
    let source: Source
    let remedy: RetrainingDecision.Remedy
    /// The version that is to be replaced.
    let version: String
    let reason: String
    /// How scores are recalibrated; nil where none is known.
    var map: TrainingTask.Map?
    let asOf: Instant
    /// Since when the version has decayed, where it has.
    var decaySince: Instant?
    /// The model's versions, of which those in trial score in the shadow.
    let versions: [ModelVersion]
  }

  /// Returns the task of a job.
  func task(_ request: Request) async throws -> TrainingTask {
    let (source, asOf) = (request.source, request.asOf)
    let model = source.model
    let closed = model.grid.lastEdge(atOrBefore: asOf.advanced(by: -model.lateness))
    let window = model.retraining?.window ?? .zero
    let from = model.grid.lastEdge(atOrBefore: closed.advanced(by: -window))
    var query: String?
    if let range = TimeRange(from: from, to: closed) {
      query = try await source.trainingStatement(
        range,
        asOf: asOf,
        without: request.versions.compactMap(Shadow.init),
        try await runtime.openForReading()
      )
    }
    return TrainingTask(
      model: model.name,
      remedy: request.remedy,
      version: request.version,
      reason: request.reason,
      from: from,
      to: closed,
      asOf: asOf,
      decaySince: request.decaySince,
      query: query,
      map: request.remedy == .recalibrate ? request.map : nil
    )
  }
}
