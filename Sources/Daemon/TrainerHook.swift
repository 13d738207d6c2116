// SPDX-License-Identifier: Apache-2.0
import Foundation
import Retraining
import Service
import Settings
import Store
import Integrations
import WebServer

/// The call with which a trainer reports on a run.
struct TrainerHook: Sendable {
  private let runtime: Runtime
  private let settings: Settings

  init(_ runtime: Runtime, _ settings: Settings) {
    self.runtime = runtime
    self.settings = settings
  }

  /// Takes what a trainer says of a run.
  func answer(_ request: IncomingRequest) async throws -> Answer {
    // One answer for all that is wrong with the address: it discloses no job.
    let refusal = Answer(403, "the address is not one that a trainer was given\n")
    // What cannot be a token is not worth a connection.
    guard let number = request.parts["job"].flatMap({ Int($0) }),
      let token = request.parts["token"], token.count == 64
    else { return refusal }
    let store = JobStore(try await runtime.open())
    guard let (name, order) = try await store.order(number),
      let model = settings.models.first(where: { $0.name == name }),
      case .webhook(_, .some(let secret), _) = model.retraining?.trainer,
      KeyedHash.isSame(
        token,
        CallbackToken.token(order, secret: try secret.text(runtime.environment))
      )
    else { return refusal }
    guard let callback = try? JSONDecoder().decode(TrainingCallback.self, from: Data(request.body))
    else {
      let states = TrainingCallback.State.allCases.map(\.rawValue).joined(separator: ", ")
      return Answer(
        400,
        "expected JSON such as {\"state\": \"succeeded\", \"version\": \"v2\"}, with 'state' as one "
          + "of \(states)\n"
      )
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try await store.storeCallback(order, String(decoding: encoder.encode(callback), as: UTF8.self))
    return Answer(202, "accepted\n")
  }
}
