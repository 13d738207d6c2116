// SPDX-License-Identifier: Apache-2.0
import Foundation
import Retraining
import Service
import Postgres
import Integrations
import Settings
import Store
import TestKit
import Testing

/// Versions and MLflow's registry: a stub, and the real one where `PLUMBLINE_TEST_MLFLOW` names its
/// address.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct RegistryTests {
  private static let real = ProcessInfo.processInfo.environment["PLUMBLINE_TEST_MLFLOW"]

  private func registry(_ address: String, _ model: String) throws -> MLflowRegistry {
    try MLflowRegistry(
      RegistrySettings(address: .value(address), model: model),
      WebClient(),
      environment: [:]
    )
  }

  private func steps(_ address: String, outage: ((Int?) -> Void)?) async throws {
    let name = "churn o'test \(UUID().uuidString)"
    let registry = try registry(address, name)
    try await Harness.with { harness in
      try await VersionEndToEndTests.make(harness)
      let yaml =
        Harness.standard + """

              retraining:
                trainer: command
                command: ["true"]
                enabled: false
                gate: { calibration: 1 }
                registry: { mlflow: "\(address)", model: "\(name)" }
          """
      func check(_ date: String) async throws { _ = try await harness.check(yaml, asOf: date) }
      func champion() async throws -> String {
        let rows = try await harness.connection.query(
          "select version from plumbline.champion",
          name: "test"
        )
        return try rows.values(as: String.self).first ?? ""
      }
      func version(of alias: String) async throws -> String? {
        try await registry.version(of: alias)?.version
      }
      // Nobody has registered anything: the check goes on.
      try await check("2026-02-10")
      #expect(try await champion() == "v1")
      _ = try await registry.register("v1", source: "s3://models/v1", run: nil, job: 0)
      // A version of which nobody here knows stays what it is.
      _ = try await registry.register("v0", source: "s3://models/v0", run: nil, job: 0)
      try await check("2026-02-11")
      #expect(try await version(of: "champion") == "v1")
      #expect(try await version(of: "challenger") == nil)
      // What a job has made is registered, once, and has the alias of the challenger.
      try await harness.sql(
        """
        insert into plumbline.retraining_job (model_id, dedupe_key, state, remedy, reason, model_version, alerts, task,
          made_at, author, not_before, max_attempts, new_version, answer, finished_at)
        select model_id, 'x', 'succeeded', 'retrain', '', 'v1', '[]', '{}', '2026-02-01', 'ann', '2026-02-01', 1, 'v2',
          '{"version": "v2", "source": "s3://models/v2"}', now() from plumbline.model
        """
      )
      try await check("2026-02-12")
      try await check("2026-02-13")
      #expect(try await version(of: "challenger") == "v2")
      #expect(try await registry.entries().map(\.version).sorted() == ["v0", "v1", "v2"])
      // A registry that is away is told of; what it was to be told waits.
      outage?(503)
      try await check("2026-03-12")
      #expect(try await champion() == "v2")
      outage?(nil)
      try await check("2026-03-13")
      #expect(try await version(of: "champion") == "v2")
      #expect(try await version(of: "challenger") == nil)
      // Others make the old one the champion there.
      let old = try #require(try await registry.entries().first { $0.version == "v1" })
      try await registry.set("champion", to: old)
      try await check("2026-03-14")
      #expect(try await champion() == "v1")
      let events = try await harness.versions.versions(try harness.model(yaml)).events
      #expect(events.last?.author == "registry")
      // And it stays so.
      try await check("2026-03-15")
      #expect(try await version(of: "champion") == "v1")
      #expect(try await champion() == "v1")
    }
  }

  @Test func `the registry is told, and heard`() async throws {
    let stub = try StubMLflow()
    defer { stub.stop() }
    try await steps(stub.address) { stub.fail(with: $0) }
  }

  @Test(.enabled(if: real != nil, "PLUMBLINE_TEST_MLFLOW names no MLflow"))
  func `a real registry is told, and heard`() async throws {
    try await steps(try #require(Self.real), outage: nil)
  }

  @Test func `what is no MLflow is told in words`() async throws {
    let server = try StubServer { _ in .answer(200, body: "<html>welcome</html>") }
    defer { server.stop() }
    let registry = try registry(server.address, "churn")
    let error = await #expect(throws: MLflowRegistry.Refused.self) {
      try await registry.version(of: "champion")
    }
    #expect(error?.description.contains("none of MLflow's") ?? false)
    server.answer { _ in .answer(403, body: "no") }
    let refused = await #expect(throws: MLflowRegistry.Refused.self) {
      try await registry.entries()
    }
    #expect(refused?.description == "the versions cannot be read: HTTP 403: no")
  }
}
