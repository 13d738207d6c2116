// SPDX-License-Identifier: Apache-2.0
import Findings
import Foundation
import Monitor
import Profiles
import Retraining
import Settings
import Simulator
import Store
import TabularModels
import YAMLSource

/// What the operator does about a check: has models trained, and scores its customers with those that it is told to.
extension Demo {
  /// Works on jobs and follows the versions' parts; returns what is new in words.
  func follow(
    _ simulated: inout SimulatedOperator,
    _ now: Instant,
    _ diary: inout Diary
  ) async throws -> [String] {
    var news: [String] = []
    while let words = try await worker.workOnce() { news.append("  \(words)") }
    let today = model.grid.calendar.date(at: now)
    for version in try await monitor.versions(model).versions {
      let last = diary.versions.last { $0.version.name == version.name }?.version
      guard last?.state != version.state else { continue }
      diary.versions.append((now, version))
      if last != nil || version.job != nil {
        news.append("  version \(version.name): \(version.state.rawValue), \(version.reason)")
      }
      switch version.state {
      case .announced, .challenger: break
      case .champion: simulated.putInCharge(version.name)
      case .retired, .rejected: simulated.retire(version.name, from: today)
      }
    }
    // What a job has made scores from today on; the next check sees it.
    for job in try await monitor.jobDesk().jobs(model: model.name.value) {
      guard let name = job.newVersion, diary.adopted.insert(name).inserted else { continue }
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
