// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Settings
package import WebCalls

/// What trains.
package enum TrainerRoster {
  /// Makes the trainer of a model.
  ///
  /// - `folder`: Where commands run, and keep what they say.
  /// - `environment`: The variables of the process, which hold secrets.
  /// - Throws: `Secret.Unset`.
  package static func trainer(
    _ settings: RetrainingSettings,
    _ client: WebClient,
    folder: URL,
    environment: [String: String]
  ) throws(Secret.Unset) -> any Trainer {
    switch settings.trainer {
    case .command(let words):
      return CommandTrainer(words, folder: folder, timeout: settings.timeout)
    case .webhook(let address, let secret):
      var key: String?
      if let secret { key = try secret.text(environment) }
      return WebhookTrainer(try address.text(environment), secret: key, client)
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
