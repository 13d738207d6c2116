// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Retraining
import WebCalls

/// Trains by a service that takes a task by POST and is asked for its state.
///
/// The call carries `Idempotency-Key`; that a repeat begins no second run is the receiver's duty, since it cannot be asked
/// for a key.
package struct WebhookTrainer: Trainer {
  private let address: String
  private let secret: String?
  private let client: WebClient

  package var pause: Duration { .seconds(5) }

  init(_ address: String, secret: String?, _ client: WebClient) {
    self.address = address
    self.secret = secret
    self.client = client
  }

  private struct Accepted: Decodable { let poll: String? }

  private struct Progress: Decodable {
    let state: String
    let version: String?
    let reason: String?
    let metrics: [String: Double]?
  }

  package func find(_ order: TrainingOrder) async throws(TrainerError) -> String? { nil }

  /// The run's name is the address that tells its state.
  package func submit(_ order: TrainingOrder) async throws(TrainerError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let body = try? encoder.encode(order) else {
      throw TrainerError("the task cannot be written as JSON", isMomentary: false)
    }
    var headers = ["Content-Type": "application/json", "Idempotency-Key": order.key]
    if let secret { headers["Authorization"] = "Bearer \(secret)" }
    let response = try await client.call(
      WebRequest("POST", address, headers: headers, body: Array(body))
    )
    guard (200..<300).contains(response.status) || response.status == 409 else {
      throw response.refusal("the task was not taken")
    }
    let accepted = try? JSONDecoder().decode(Accepted.self, from: Data(response.body))
    guard let poll = accepted?.poll else {
      throw TrainerError(
        "the receiver's answer names no address to ask for the state: expected {\"poll\": \"https://…\"}, found "
          + "'\(response.excerpt.prefix(120))'",
        isMomentary: false
      )
    }
    return poll
  }

  package func state(of run: String) async throws(TrainerError) -> TrainingState {
    let response = try await client.call(WebRequest("GET", run, headers: headers))
    guard response.status == 200 else { throw response.refusal("the state cannot be read") }
    guard let progress = try? JSONDecoder().decode(Progress.self, from: Data(response.body)) else {
      throw TrainerError(
        "the state is no JSON with 'state': '\(response.excerpt)'",
        isMomentary: true
      )
    }
    switch progress.state {
    case "queued": return .waiting(progress.reason ?? "queued")
    case "running": return .running
    case "succeeded":
      return .succeeded(TrainingAnswer(version: progress.version, metrics: progress.metrics))
    case "failed": return .failed(progress.reason ?? "the trainer says that it failed")
    default: throw TrainerError("the state '\(progress.state)' is not known", isMomentary: true)
    }
  }

  private var headers: [String: String] { secret.map { ["Authorization": "Bearer \($0)"] } ?? [:] }

  package func cancel(_ run: String) async throws(TrainerError) {
    let response = try await client.call(WebRequest("DELETE", run, headers: headers))
    guard (200..<300).contains(response.status) || [404, 405, 410].contains(response.status) else {
      throw response.refusal("the run cannot be ended")
    }
  }
}
