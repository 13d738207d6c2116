// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Retraining
import Synchronization

/// Trains by a DAG of Airflow 3, over its API v2.
///
/// The key is the run's id, so a second submission is refused (409) and looked up. A paused DAG
/// would take a run and never begin it, so that is asked before.
package struct AirflowTrainer: Trainer {
  /// How to prove who asks.
  enum Login: Sendable {
    case token(String)
    case password(user: String, password: String)
  }

  private let address: String
  private let dag: String
  private let login: Login?
  private let client: WebClient
  /// A token that was given for the password; it is renewed when it is refused.
  private let token: Token

  private final class Token: Sendable {
    let text = Mutex<String?>(nil)
  }

  package var pause: Duration { .seconds(10) }

  init(_ address: String, dag: String, login: Login?, _ client: WebClient) {
    self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
    self.dag = dag
    self.login = login
    self.client = client
    token = Token()
  }

  private struct Run: Decodable {
    let dag_run_id: String
    let state: String
  }

  private struct Dag: Decodable { let is_paused: Bool }

  private struct Given: Decodable { let access_token: String }

  private struct Asked: Encodable {
    let dag_run_id: String
    let conf: TrainingOrder
    let note: String

    enum CodingKeys: String, CodingKey { case dag_run_id, logical_date, conf, note }

    /// The logical date must be there, and may be null.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(dag_run_id, forKey: .dag_run_id)
      try container.encodeNil(forKey: .logical_date)
      try container.encode(conf, forKey: .conf)
      try container.encode(note, forKey: .note)
    }
  }

  package func find(_ order: TrainingOrder) async throws(TrainerError) -> String? {
    let response = try await call("GET", "/dagRuns/\(order.key)")
    switch response.status {
    case 200: return order.key
    case 404: return nil
    default: throw response.refusal("the run cannot be looked up")
    }
  }

  package func submit(_ order: TrainingOrder) async throws(TrainerError) -> String {
    let answer = try await call("GET", "")
    guard answer.status == 200,
      let found = try? JSONDecoder().decode(Dag.self, from: Data(answer.body))
    else { throw answer.refusal("the DAG '\(dag)' cannot be read") }
    guard !found.is_paused else {
      throw TrainerError("the DAG '\(dag)' is paused: it would never begin", isMomentary: true)
    }
    let asked = Asked(dag_run_id: order.key, conf: order, note: order.task.reason)
    guard let body = try? JSONEncoder().encode(asked) else {
      throw TrainerError("the task cannot be written as JSON", isMomentary: false)
    }
    let response = try await call("POST", "/dagRuns", body: Array(body))
    guard (200..<300).contains(response.status) || response.status == 409 else {
      throw response.refusal("the run was not taken")
    }
    return order.key
  }

  package func state(of run: String) async throws(TrainerError) -> TrainingState {
    let response = try await call("GET", "/dagRuns/\(run)")
    if response.status == 404 { return .failed("Airflow no longer knows the run \(run)") }
    guard response.status == 200,
      let found = try? JSONDecoder().decode(Run.self, from: Data(response.body))
    else { throw response.refusal("the run cannot be read") }
    switch found.state {
    case "success": return .succeeded(TrainingAnswer(version: nil))
    case "failed": return .failed("Airflow says that the run \(run) failed; its log is there")
    case "running": return .running
    default: return .waiting(found.state)
    }
  }

  package func cancel(_ run: String) async throws(TrainerError) {
    let response = try await call(
      "PATCH",
      "/dagRuns/\(run)?update_mask=state",
      body: Array(#"{"state":"failed"}"#.utf8)
    )
    guard (200..<300).contains(response.status) || response.status == 404 else {
      throw response.refusal("the run cannot be ended")
    }
  }

  private func call(
    _ method: String,
    _ path: String,
    body: [UInt8] = []
  ) async throws(TrainerError) -> WebResponse {
    let response = try await send(
      method,
      path,
      body: body,
      authorization: try await authorization()
    )
    guard [401, 403].contains(response.status), case .password? = login else { return response }
    token.text.withLock { $0 = nil }
    return try await send(method, path, body: body, authorization: try await authorization())
  }

  private func send(
    _ method: String,
    _ path: String,
    body: [UInt8],
    authorization: String?
  ) async throws(TrainerError) -> WebResponse {
    var headers: [String: String] = [:]
    if !body.isEmpty { headers["Content-Type"] = "application/json" }
    headers["Authorization"] = authorization
    return try await client.call(
      WebRequest(method, "\(address)/api/v2/dags/\(dag)\(path)", headers: headers, body: body)
    )
  }

  private func authorization() async throws(TrainerError) -> String? {
    switch login {
    case nil: return nil
    case .token(let text)?: return "Bearer \(text)"
    case .password(let user, let password)?:
      if let known = token.text.withLock({ $0 }) { return "Bearer \(known)" }
      let asked = ["username": user, "password": password]
      guard let body = try? JSONEncoder().encode(asked) else { return nil }
      let headers = ["Content-Type": "application/json"]
      let response = try await client.call(
        WebRequest("POST", "\(address)/auth/token", headers: headers, body: Array(body))
      )
      guard let given = try? JSONDecoder().decode(Given.self, from: Data(response.body)) else {
        // Not its text: it may hold the token, or what was sent.
        throw TrainerError(
          "Airflow gave no token for \(user): HTTP \(response.status)",
          isMomentary: response.status >= 500
        )
      }
      token.text.withLock { $0 = given.access_token }
      return "Bearer \(given.access_token)"
    }
  }
}
