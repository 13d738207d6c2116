// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Retraining
import Settings
import TestKit
import Testing
import Integrations

/// Where a real Airflow is.
enum RealAirflow {
  static let address = ProcessInfo.processInfo.environment["PLUMBLINE_TEST_AIRFLOW"]
}

/// The trainer `airflow` against a real Airflow 3, whose address `PLUMBLINE_TEST_AIRFLOW` names.
///
/// It needs a DAG `churn_retrain` that is not paused, and the user and password of
/// `PLUMBLINE_TEST_AIRFLOW_USER` and `PLUMBLINE_TEST_AIRFLOW_PASSWORD`. No scheduler need run: runs
/// then stay queued.
@Suite(.enabled(if: RealAirflow.address != nil, "PLUMBLINE_TEST_AIRFLOW names no Airflow"))
struct RealAirflowTests {
  private func trainer(_ password: String) throws -> any Trainer {
    let user = ProcessInfo.processInfo.environment["PLUMBLINE_TEST_AIRFLOW_USER"] ?? "admin"
    let text = """
      models:
        - name: churn
          predictions: { table: p, id: i, time: t, score: s }
          reference: { from: 2026-01-01, to: 2026-02-01 }
          retraining:
            trainer: airflow
            airflow: "\(RealAirflow.address ?? "")"
            dag: churn_retrain
            user: "\(user)"
            password: { env: PW }
      """
    let settings = try SettingsFile.read(text: text, file: "t.yaml").settings
    return try TrainerRoster.trainer(
      try #require(settings.models.first?.retraining),
      WebClient(),
      folder: FileManager.default.temporaryDirectory,
      environment: ["PW": password],
      callbacks: { _, _ in nil }
    )
  }

  @Test func `one run for a key, looked up when sent again, and ended when asked`() async throws {
    let trainer = try trainer(
      ProcessInfo.processInfo.environment["PLUMBLINE_TEST_AIRFLOW_PASSWORD"] ?? ""
    )
    let now = try #require(Instant("2026-03-01"))
    let task = TrainingTask(
      model: "churn",
      remedy: .retrain,
      version: "v1",
      reason: "a test",
      from: now,
      to: now,
      asOf: now,
      query: "select 1",
      map: nil
    )
    let order = TrainingOrder(job: 7, token: UUID().uuidString, run: 1, task: task)
    #expect(try await trainer.find(order) == nil)
    let run = try await trainer.submit(order)
    #expect(try await trainer.submit(order) == run)
    #expect(try await trainer.find(order) == run)
    switch try await trainer.state(of: run) {
    case .waiting, .running, .succeeded: break
    case .failed(let reason): Issue.record("\(reason)")
    }
    try await trainer.cancel(run)
    guard case .failed = try await trainer.state(of: run) else {
      Issue.record("it was ended")
      return
    }
  }

  @Test func `a wrong password is reported`() async throws {
    let trainer = try trainer("no such password")
    let error = await #expect(throws: TrainerError.self) { _ = try await trainer.state(of: "x") }
    #expect(error?.description.contains("401") ?? false, "\(error?.description ?? "")")
  }
}
