// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Retraining
import Settings
import Store
import Trainers
import WebCalls
import WebServer
import YAMLSource

/// What others tell us over HTTP.
extension Monitor {
  /// Takes what a trainer says of a run.
  ///
  /// - `environment`: The variables of the process, which hold secrets.
  func hear(
    _ request: IncomingRequest,
    _ settings: Settings,
    _ environment: [String: String]
  ) async throws -> Answer {
    // One answer for all that is wrong with the address: it tells nobody which jobs there are.
    let refusal = Answer(403, "the address is not one that a trainer was given\n")
    // What cannot be a token is not worth a connection.
    guard let number = request.parts["job"].flatMap({ Int($0) }),
      let token = request.parts["token"], token.count == 64
    else { return refusal }
    let store = JobStore(try await open())
    guard let (name, order) = try await store.order(number),
      let model = settings.models.first(where: { $0.name.value == name }),
      case .webhook(_, .some(let secret), _) = model.retraining?.trainer,
      KeyedHash.isSame(
        token,
        CallbackToken.token(order, secret: try secret.text(environment))
      )
    else { return refusal }
    guard let word = try? JSONDecoder().decode(TrainerWord.self, from: Data(request.body)) else {
      let states = TrainerWord.State.allCases.map(\.rawValue).joined(separator: ", ")
      return Answer(
        400,
        "expected JSON such as {\"state\": \"succeeded\", \"version\": \"v2\"}, with 'state' as one of \(states)\n"
      )
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try await store.keepCallback(order, String(decoding: encoder.encode(word), as: UTF8.self))
    return Answer(200, "heard\n")
  }

  /// What Alertmanager's webhook says, version 4.
  private struct AlertmanagerCall: Decodable {
    struct Alert: Decodable {
      let status: String
      let labels: [String: String]
      let annotations: [String: String]?
      let startsAt: String
      let fingerprint: String?
    }

    let alerts: [Alert]
  }

  /// Makes a job for each firing alert with the label `model`, one however often it is told.
  ///
  /// The label `remedy` may say `recalibrate`.
  func hearAlertmanager(_ request: IncomingRequest, _ settings: Settings) async throws -> Answer {
    guard let call = try? JSONDecoder().decode(AlertmanagerCall.self, from: Data(request.body))
    else { return Answer(400, "expected the body of Alertmanager's webhook, version 4\n") }
    var lines: [String] = []
    var isOfUse = call.alerts.isEmpty
    for alert in call.alerts where alert.status == "firing" {
      let label = alert.labels["model"] ?? ""
      guard let model = settings.models.first(where: { $0.name.value == label }),
        model.retraining != nil
      else {
        lines.append("no model '\(label)' that is trained")
        continue
      }
      guard let remedy = RetrainingDecision.Remedy(rawValue: alert.labels["remedy"] ?? "retrain")
      else {
        lines.append("\(label): the label 'remedy' is retrain or recalibrate")
        continue
      }
      isOfUse = true
      let name = alert.labels["alertname"] ?? "an alert"
      let summary = alert.annotations?["summary"].map { ": \($0)" } ?? ""
      do {
        let outcome = try await createJob(
          model,
          remedy,
          key: "alertmanager/\(alert.fingerprint ?? name)/\(alert.startsAt)",
          author: "alertmanager",
          reason: "\(name) fires since \(alert.startsAt)\(summary)",
          byPerson: false,
          now: .now()
        )
        lines.append("\(label): \(outcome.words)")
      } catch let error as NoMap {
        lines.append("\(label): \(error)")
      }
    }
    // What is over asks for nothing.
    isOfUse = isOfUse || !call.alerts.contains { $0.status == "firing" }
    return Answer(isOfUse ? 200 : 422, lines.map { $0 + "\n" }.joined())
  }
}

extension JobOutcome {
  /// For who asked.
  fileprivate var words: String {
    switch self {
    case .created(let job): "job no. \(job)"
    case .duplicate(let job): "job no. \(job), made before"
    case .coalesced(let job): "job no. \(job) is not over and takes it on"
    case .suppressed(let words): words
    case .nothing: "nothing is to be done"
    }
  }
}
