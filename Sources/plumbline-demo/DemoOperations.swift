// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Retraining
import Service
import Settings
import Simulator
import TabularModels

/// What the operator does about a check: has models trained, and scores its customers with those
/// that it should.
extension Demo {
  /// Works on jobs and follows the versions' states; returns what is new as lines.
  func operate(
    _ simulated: inout SimulatedOperator,
    at now: Instant,
    _ log: inout DemoLog
  ) async throws -> [String] {
    var news: [String] = []
    while let outcome = try await worker.workOnce() { news.append("  \(outcome)") }
    let today = model.grid.calendar.date(at: now)
    for version in try await VersionService(runtime).versions(model).versions {
      let last = log.versions.last { $0.version.name == version.name }?.version
      guard last?.state != version.state else { continue }
      log.versions.append((now, version))
      if last != nil || version.job != nil {
        news.append("  version \(version.name): \(version.state.rawValue), \(version.reason)")
      }
      switch version.state {
      case .registered, .challenger, .awaitingApproval: break
      case .champion: simulated.activate(version.name)
      case .retired, .rejected: simulated.retire(version.name, from: today)
      }
    }
    // What a job has made scores from today on; the next check sees it.
    for job in try await JobService(runtime).jobs(of: model) {
      guard let name = job.newVersion, log.adopted.insert(name).inserted else { continue }
      let scoring = try Self.scoring(TrainedModel.read(name, in: models), models)
      simulated.adopt(name, from: today, scoring)
    }
    return news
  }

  /// How a trained model scores a customer; one that puts another's scores right asks that one.
  private static func scoring(
    _ model: TrainedModel,
    _ folder: URL
  ) throws -> AdoptedModel.Scoring {
    if let scorer = model.scorer(Features.columnNames) {
      return { features, _ in scorer.score(features.columnValues) }
    }
    guard case .recalibrated(let base) = model.form, let map = model.map else {
      preconditionFailure("a model scores rows or puts scores right")
    }
    // The first model is the operator's own, and in no file.
    guard base != SimulatedOperator.champion else {
      return { _, served in map(served) }
    }
    let served = try scoring(TrainedModel.read(base, in: folder), folder)
    return { features, score in map(served(features, score)) }
  }
}
