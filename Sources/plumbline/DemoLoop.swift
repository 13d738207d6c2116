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
    let today = monitorDate(now)
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

  private func monitorDate(_ now: Instant) -> CivilDate { model.grid.calendar.date(at: now) }

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

extension DemoTruth {
  /// What was done about an incident, and whether that is what it asks for.
  func done(about incident: Incident) -> (words: String, isRight: Bool) {
    guard let from = Instant(incident.from), case .checks(let checks) = Self.expected(incident.kind)
    else { return ("", true) }
    switch Self.remedy(incident.kind) {
    case .retrain:
      let mine = jobs.filter { $0.remedy == "retrain" && $0.madeAt > from }
      let last = mine.last.map(course)
      let isReplaced = mine.contains { job in state(of: job) == ModelVersion.State.champion }
      return (last ?? "nothing", isReplaced)
    case .recalibrate:
      let mine = jobs.filter { $0.remedy == "recalibrate" && $0.madeAt > from }
      return (mine.first.map(course) ?? "nothing", !mine.isEmpty)
    case .mendFeed, .nothing:
      // The alert that tells of it, which may have been there before.
      let mine = diary.alerts.filter { alert in
        checks.contains { $0.0 == alert.check && $0.1 == alert.subject }
      }
      let alert = mine.first { $0.at > from } ?? mine.last
      return (alert.map { "alert \($0.rule), \(Self.date($0.at))" } ?? "", true)
    }
  }

  /// Trainings that no decay asked for.
  var needless: [JobRecord] {
    let asking = { (remedy: Advice.Action) in
      calendar.incidents.filter { Self.remedy($0.kind) == remedy }.compactMap { Instant($0.from) }
    }
    return jobs.filter { job in
      let since = asking(job.remedy == "retrain" ? .retrain : .recalibrate)
      return !since.contains { $0 < job.madeAt }
    }
  }

  private func state(of job: JobRecord) -> ModelVersion.State? {
    diary.versions.last { $0.version.job == job.identifier }?.version.state
  }

  /// A job's course in a few words.
  private func course(_ job: JobRecord) -> String {
    let last = diary.versions.last { $0.version.job == job.identifier }
    let made = job.newVersion.map { ": \($0)" } ?? ", \(job.state)"
    let became = last.map { ", \($0.version.state.rawValue) \(Self.date($0.at))" } ?? ""
    return "job \(job.identifier), \(Self.date(job.madeAt))\(made)\(became)"
  }
}
