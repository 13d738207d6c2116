// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Retraining
import Service
import Settings
import Store
import WebServer

/// The call with which Alertmanager asks for retraining jobs.
struct AlertmanagerHook: Sendable {
  private let runtime: Runtime
  private let settings: Settings

  init(_ runtime: Runtime, _ settings: Settings) {
    self.runtime = runtime
    self.settings = settings
  }

  /// The body of Alertmanager's webhook, version 4.
  private struct Call: Decodable {
    struct Alert: Decodable {
      let status: String
      let labels: [String: String]
      let annotations: [String: String]?
      let startsAt: String
      let fingerprint: String?

      var isFiring: Bool { status == "firing" }
    }

    let alerts: [Alert]
  }

  /// Creates a job for each firing alert with the label `model`, one however often it is sent.
  ///
  /// The label `remedy` may say `recalibrate`.
  func answer(_ request: IncomingRequest) async throws -> Answer {
    guard let call = try? JSONDecoder().decode(Call.self, from: Data(request.body)) else {
      return Answer(400, "expected the body of Alertmanager's webhook, version 4\n")
    }
    let firing = call.alerts.filter(\.isFiring)
    var lines: [String] = []
    var isOfUse = false
    for alert in firing {
      let label = alert.labels["model"] ?? ""
      guard let model = settings.models.first(where: { $0.name == label }),
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
      lines.append("\(label): \(try await create(remedy, for: alert, model))")
    }
    // What is over asks for nothing.
    isOfUse = isOfUse || firing.isEmpty
    return Answer(isOfUse ? 200 : 422, lines.map { $0 + "\n" }.joined())
  }

  /// Creates the job of an alert, and returns what has become of it.
  private func create(
    _ remedy: RetrainingDecision.Remedy,
    for alert: Call.Alert,
    _ model: ModelSettings
  ) async throws -> String {
    let name = alert.labels["alertname"] ?? "an alert"
    let summary = alert.annotations?["summary"].map { ": \($0)" } ?? ""
    do {
      let outcome = try await JobService(runtime).create(
        model,
        JobService.Request(
          remedy: remedy,
          key: "alertmanager/\(alert.fingerprint ?? name)/\(alert.startsAt)",
          author: "alertmanager",
          reason: "\(name) fires since \(alert.startsAt)\(summary)",
          isByOperator: false
        ),
        now: runtime.clock()
      )
      return outcome.message
    } catch let error as JobService.NoMap {
      return error.description
    }
  }
}

extension JobOutcome {
  /// For the caller.
  fileprivate var message: String {
    switch self {
    case .created(let job): "job \(job)"
    case .duplicate(let job): "job \(job), created before"
    case .coalesced(let job): "job \(job) is still open and covers it"
    case .suppressed(let reason): reason
    case .nothing: "nothing is to be done"
    }
  }
}
