// SPDX-License-Identifier: Apache-2.0
import Foundation
import Retraining
import Settings
import Synchronization
import TestKit
import Integrations

/// A trainer with what it speaks to, as far as every trainer needs it.
struct TrainerFixture: Sendable {
  /// The trainers that there are, as settings name them.
  enum Kind: String, CaseIterable, Sendable {
    case command, webhook, airflow

    /// The kind of a model's trainer; one that is new does not compile until it stands here.
    init(_ trainer: RetrainingSettings.Trainer) {
      switch trainer {
      case .command: self = .command
      case .webhook: self = .webhook
      case .airflow: self = .airflow
      }
    }

    /// Those that call a service.
    static let calling = allCases.filter { $0 != .command }

    /// The settings of one that calls a service.
    func settings(_ address: String) -> String {
      switch self {
      case .command: "{ trainer: command, command: [sh, train.sh] }"
      case .webhook: "{ trainer: webhook, webhook: '\(address)/train' }"
      case .airflow: "{ trainer: airflow, airflow: '\(address)', dag: churn_retrain }"
      }
    }

    /// The settings of one whose address is in a variable.
    func settings(addressIn variable: String) -> String {
      settings("").replacing(
        self == .webhook ? "'/train'" : "''",
        with: "{ env: \(variable) }"
      )
    }
  }

  let trainer: any Trainer
  /// How many runs were begun.
  let begun: @Sendable () -> Int
  /// Ends the run that was begun, well or badly.
  let end: @Sendable (_ isWell: Bool) throws -> Void

  /// Runs a body with a trainer of a kind and whatever stands behind it.
  static func with(
    _ kind: Kind,
    _ body: (TrainerFixture) async throws -> Void
  ) async throws {
    try await Program.withFolder { folder in
      switch kind {
      case .command: try await body(try command(in: folder))
      case .webhook, .airflow:
        let runs = TrainingService()
        let server = try StubServer()
        defer { server.stop() }
        server.answer { [address = server.address] request in
          kind == .webhook
            ? runs.webhookReply(request, address: address) : runs.airflowReply(request)
        }
        try await body(
          TrainerFixture(
            trainer: try TrainerTests.trainer(kind.settings(server.address), in: folder),
            begun: { runs.count },
            end: { runs.end(isWell: $0) }
          )
        )
      }
    }
  }

  /// A command that goes on until a file says how it ends.
  private static func command(in folder: URL) throws -> TrainerFixture {
    let (count, end) = (
      folder.appendingPathComponent("count"), folder.appendingPathComponent("end")
    )
    try """
    echo x >> count
    while [ ! -e end ]; do sleep 0.05; done
    test "$(cat end)" = well || exit 3
    echo '{"version": "v2"}'
    """.write(to: folder.appendingPathComponent("train.sh"), atomically: true, encoding: .utf8)
    return TrainerFixture(
      trainer: try TrainerTests.trainer(Kind.command.settings(""), in: folder),
      begun: {
        let text = (try? String(contentsOf: count, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").count
      },
      end: { try ($0 ? "well" : "badly").write(to: end, atomically: true, encoding: .utf8) }
    )
  }
}

/// A service that trains: runs by key, each with its state.
private final class TrainingService: Sendable {
  private enum State: String { case running, succeeded, failed }

  private let runs = Mutex<[String: State]>([:])

  var count: Int { runs.withLock { $0.count } }

  func end(isWell: Bool) {
    runs.withLock { runs in runs = runs.mapValues { _ in isWell ? .succeeded : .failed } }
  }

  /// Takes a task under its key, whatever is sent how often.
  func webhookReply(_ request: StubServer.Request, address: String) -> StubServer.Reply {
    runs.withLock { runs in
      if request.method == "POST" {
        guard let key = request.headers["idempotency-key"] else { return .answer(400) }
        runs[key] = runs[key] ?? .running
        return .answer(202, body: #"{"poll": "\#(address)/runs/\#(key)"}"#)
      }
      let key = request.path.split(separator: "/").last.map(String.init) ?? ""
      guard let state = runs[key] else { return .answer(404) }
      if request.method == "DELETE" {
        guard state == .running else { return .answer(410) }
        runs[key] = .failed
        return .answer(204)
      }
      return .answer(200, body: #"{"state": "\#(state.rawValue)", "version": "v2"}"#)
    }
  }

  /// Airflow as far as it is asked.
  func airflowReply(_ request: StubServer.Request) -> StubServer.Reply {
    let path = request.path.dropFirst("/api/v2/dags/churn_retrain".count)
    return runs.withLock { runs in
      if path.isEmpty { return .answer(200, body: #"{"is_paused": false}"#) }
      if request.method == "POST" {
        guard let id = (request.json as? [String: Any])?["dag_run_id"] as? String else {
          return .answer(422)
        }
        guard runs[id] == nil else { return .answer(409, body: "Unique constraint violation") }
        runs[id] = .running
        return .answer(200, body: #"{"dag_run_id": "\#(id)", "state": "queued"}"#)
      }
      let id = path.split(separator: "/").last.map { String($0.prefix { $0 != "?" }) } ?? ""
      guard let state = runs[id] else { return .answer(404, body: "not found") }
      if request.method == "PATCH" { runs[id] = .failed }
      let word = state == .succeeded ? "success" : state.rawValue
      return .answer(200, body: #"{"dag_run_id": "\#(id)", "state": "\#(word)"}"#)
    }
  }
}
