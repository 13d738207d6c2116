// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Retraining

/// Trains by a service that takes a task by POST, and is asked for its state or calls back.
///
/// The call carries `Idempotency-Key`; that a repeat begins no second run is the receiver's duty,
/// since it cannot be asked for a key.
package struct WebhookTrainer: Trainer {
  private let address: String
  private let secret: String?
  /// Where it may call back; nil where it cannot.
  private let callback: String?
  private let callbacks: CallbackReader
  private let client: WebClient

  package var pause: Duration { .seconds(5) }

  init(
    _ address: String,
    secret: String?,
    callback: String?,
    callbacks: @escaping CallbackReader,
    _ client: WebClient
  ) {
    self.address = address
    self.secret = secret
    self.callback = callback
    self.callbacks = callbacks
    self.client = client
  }

  /// The name of a run of which its trainer calls, before job and key.
  private static let called = "callback:"

  /// The task with the address to call.
  private struct TaskWithCallback: Encodable {
    let order: TrainingOrder
    let callback: String

    enum CodingKeys: CodingKey { case callback }

    func encode(to encoder: any Encoder) throws {
      try order.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(callback, forKey: .callback)
    }
  }

  private struct Accepted: Decodable { let poll: String? }

  package func find(_ order: TrainingOrder) async throws(TrainerError) -> String? { nil }

  /// The run's name is the address that gives its state.
  package func submit(_ order: TrainingOrder) async throws(TrainerError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let body: Data? =
      if let callback, let secret {
        try? encoder.encode(
          TaskWithCallback(
            order: order,
            callback: "\(callback)/\(order.job)/\(CallbackToken.token(order, secret: secret))"
          )
        )
      } else { try? encoder.encode(order) }
    guard let body else {
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
    if let poll = accepted?.poll { return poll }
    if callback != nil, secret != nil { return "\(Self.called)\(order.job)/\(order.key)" }
    throw TrainerError(
      "the receiver's answer names no address to ask for the state, and there is no 'callback': expected {\"poll\": "
        + "\"https://…\"}, found '\(response.excerpt.prefix(120))'",
      isMomentary: false
    )
  }

  package func state(of run: String) async throws(TrainerError) -> TrainingState {
    guard let answer = try await answer(of: run) else {
      return .waiting("it has not called yet")
    }
    switch answer.state {
    case .queued: return .waiting(answer.reason ?? "queued")
    case .running: return .running
    case .succeeded: return .succeeded(answer.answer)
    case .failed: return .failed(answer.reason ?? "the trainer says that it failed")
    }
  }

  /// What is said of a run; nil where nothing was yet.
  private func answer(of run: String) async throws(TrainerError) -> TrainingCallback? {
    let body: Data
    if run.hasPrefix(Self.called) {
      let parts = run.dropFirst(Self.called.count).split(separator: "/", maxSplits: 1)
      guard parts.count == 2, let job = Int(parts[0]) else {
        throw TrainerError("the run '\(run)' is not one of ours", isMomentary: false)
      }
      guard let text = try await callbacks(job, String(parts[1])) else { return nil }
      body = Data(text.utf8)
    } else {
      let response = try await client.call(WebRequest("GET", run, headers: headers))
      guard response.status == 200 else { throw response.refusal("the state cannot be read") }
      body = Data(response.body)
    }
    guard let answer = try? JSONDecoder().decode(TrainingCallback.self, from: body) else {
      let said = String(decoding: body.prefix(120), as: UTF8.self)
      throw TrainerError(
        "the state is no JSON with 'state' as one of "
          + "\(TrainingCallback.State.allCases.map(\.rawValue).joined(separator: ", ")): '\(said)'",
        isMomentary: true
      )
    }
    return answer
  }

  private var headers: [String: String] { secret.map { ["Authorization": "Bearer \($0)"] } ?? [:] }

  /// A run of which its trainer calls cannot be ended from here; what it says is ignored from then
  /// on.
  package func cancel(_ run: String) async throws(TrainerError) {
    guard !run.hasPrefix(Self.called) else { return }
    let response = try await client.call(WebRequest("DELETE", run, headers: headers))
    guard (200..<300).contains(response.status) || [404, 405, 410].contains(response.status) else {
      throw response.refusal("the run cannot be ended")
    }
  }
}
