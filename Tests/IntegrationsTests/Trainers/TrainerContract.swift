// SPDX-License-Identifier: Apache-2.0
import Foundation
import Retraining
import Settings
import TestKit
import Testing
import Integrations

/// What every trainer promises to those who work on jobs, who may die at any moment.
@Suite struct TrainerContract {
  typealias Kind = TrainerFixture.Kind

  @Test(arguments: Kind.allCases)
  func `a key begins one run, however often and by whomever it is submitted`(
    _ kind: Kind
  ) async throws {
    let model = try TrainerTests.settings(kind.settings("https://x.example"))
    #expect(Kind(model.trainer) == kind)
    try await TrainerFixture.with(kind) { fixture in
      let order = try TrainerTests.order()
      #expect(try await fixture.trainer.find(order) == nil)
      let run = try await fixture.trainer.submit(order)
      #expect(fixture.trainer.announce(order) ?? run == run)
      #expect(try await fixture.trainer.submit(order) == run)
      // What the next worker does.
      if let found = try await fixture.trainer.find(order) {
        #expect(found == run)
      } else {
        #expect(try await fixture.trainer.submit(order) == run)
      }
      #expect(try await fixture.trainer.find(try TrainerTests.order(job: 43)) == nil)
      try fixture.end(true)
      _ = try await TrainerTests.end(fixture.trainer, run)
      #expect(fixture.begun() == 1)
    }
  }

  @Test(arguments: Kind.allCases, [true, false])
  func `a run is followed to its end`(_ kind: Kind, _ isWell: Bool) async throws {
    try await TrainerFixture.with(kind) { fixture in
      let run = try await fixture.trainer.submit(try TrainerTests.order())
      switch try await fixture.trainer.state(of: run) {
      case .waiting, .running: break
      case .succeeded, .failed: Issue.record("it goes on until it is ended")
      }
      try fixture.end(isWell)
      switch try await TrainerTests.end(fixture.trainer, run) {
      case .succeeded(let answer):
        // Airflow says no version: jobs then know it by their own name.
        #expect(isWell && answer.version == (kind == .airflow ? nil : "v2"))
      case .failed(let reason): #expect(!isWell && !reason.isEmpty)
      case .waiting, .running: Issue.record("it has ended")
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func `a run that is cancelled has failed, and may be cancelled again`(
    _ kind: Kind
  ) async throws {
    try await TrainerFixture.with(kind) { fixture in
      let run = try await fixture.trainer.submit(try TrainerTests.order())
      for _ in 0..<2 {
        try await fixture.trainer.cancel(run)
        guard case .failed = try await fixture.trainer.state(of: run) else {
          Issue.record("cancelled is failed")
          return
        }
      }
    }
  }

  // MARK: What goes wrong with a call

  private func error(
    _ kind: Kind,
    at address: String
  ) async throws -> TrainerError? {
    try await Program.withFolder { folder in
      let trainer = try TrainerTests.trainer(kind.settings(address), in: folder)
      let error = await #expect(throws: TrainerError.self) {
        try await trainer.submit(try TrainerTests.order())
      }
      let message = error?.description ?? ""
      #expect(!message.contains("127.0.0.1"), "addresses may hold secrets: \(message)")
      return error
    }
  }

  private func error(_ kind: Kind, of reply: StubServer.Reply) async throws -> TrainerError? {
    let server = try StubServer { _ in reply }
    defer { server.stop() }
    return try await error(kind, at: server.address)
  }

  @Test(arguments: Kind.calling, [408, 425, 429, 500, 502, 503, 504])
  func `what may pass is momentary`(_ kind: Kind, _ status: Int) async throws {
    let error = try await error(kind, of: .answer(status, body: "not\nnow"))
    #expect(error?.description.contains("HTTP \(status): not now") ?? false)
    #expect(error?.isMomentary == true)
  }

  @Test(arguments: Kind.calling, [400, 401, 403, 404, 422])
  func `what is wrong with a task or who submits it is not`(
    _ kind: Kind,
    _ status: Int
  ) async throws {
    let error = try await error(kind, of: .answer(status, body: "bad secret"))
    #expect(error?.description.contains("HTTP \(status): bad secret") ?? false)
    #expect(error?.isMomentary == false)
  }

  @Test(arguments: Kind.calling)
  func `an answer that says nothing of a run is an error`(_ kind: Kind) async throws {
    let error = try await error(kind, of: .answer(200, body: "<html>"))
    #expect(error?.description.contains("<html>") ?? false)
    #expect(error?.isMomentary == false)
  }

  @Test(arguments: Kind.calling, [StubServer.Reply.half, .garbage, .hangUp])
  func `an answer that is not whole, or no HTTP, is momentary`(
    _ kind: Kind,
    _ reply: StubServer.Reply
  ) async throws {
    let error = try await error(kind, of: reply)
    #expect(error?.isMomentary == true)
    if case .half = reply {
      #expect(error?.description.contains("no whole answer came") ?? false)
    }
  }

  @Test(arguments: Kind.calling)
  func `broken TLS and a port where nobody listens are momentary`(_ kind: Kind) async throws {
    let server = try StubServer()
    #expect(
      try await error(kind, at: "https://127.0.0.1:\(server.port)")?.isMomentary == true
    )
    server.stop()
    #expect(try await error(kind, at: server.address)?.isMomentary == true)
  }

  @Test(arguments: Kind.calling)
  func `without its variable there is no trainer`(_ kind: Kind) async throws {
    try await Program.withFolder { folder in
      _ = try TrainerTests.trainer(
        kind.settings(addressIn: "SET"),
        in: folder,
        ["SET": "https://x.example"]
      )
      #expect(throws: Secret.Unset.self) {
        try TrainerTests.trainer(kind.settings(addressIn: "NOT_SET"), in: folder)
      }
    }
  }
}
