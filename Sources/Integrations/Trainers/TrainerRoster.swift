// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Settings

/// Returns what a trainer has said of a run by calling back, as JSON, by job and key.
package typealias CallbackReader =
  @Sendable (_ job: Int, _ key: String) async throws(TrainerError) -> String?

/// What trains.
package enum TrainerRoster {
  /// Makes the trainer of a model.
  ///
  /// - `folder`: Where commands run, and keep what they say.
  /// - `environment`: The variables of the process, which hold secrets.
  /// - `callbacks`: What trainers have said by calling back.
  /// - Throws: `Secret.Unset`.
  package static func trainer(
    _ settings: RetrainingSettings,
    _ client: WebClient,
    folder: URL,
    environment: [String: String],
    callbacks: @escaping CallbackReader
  ) throws(Secret.Unset) -> any Trainer {
    switch settings.trainer {
    case .command(let arguments):
      return CommandTrainer(arguments, folder: folder, timeout: settings.timeout)
    case .webhook(let address, let secret, let callback):
      var (key, place): (String?, String?) = (nil, nil)
      if let secret { key = try secret.text(environment) }
      if let callback { place = try callback.text(environment) }
      return WebhookTrainer(
        try address.text(environment),
        secret: key,
        callback: place,
        callbacks: callbacks,
        client
      )
    case .airflow(let address, let dag, let token, let user, let password):
      var login: AirflowTrainer.Login?
      if let token {
        login = .token(try token.text(environment))
      } else if let user, let password {
        login = .password(user: user, password: try password.text(environment))
      }
      return AirflowTrainer(try address.text(environment), dag: dag, login: login, client)
    }
  }
}
