// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Settings

/// The ways to notify.
package enum NotifierRoster {
  /// Makes the notifier of a channel.
  ///
  /// - `lease`: How long an alert fires for a receiver that must be notified again.
  /// - `environment`: The variables that hold secrets.
  /// - Throws: `Secret.Unset`.
  package static func notifier(
    _ channel: ChannelSettings,
    _ client: WebClient,
    lease: FixedDuration,
    environment: [String: String]
  ) throws(Secret.Unset) -> any Notifier {
    let timeout = Duration.microseconds(channel.timeout.microseconds)
    let token = try text(channel.token, environment)
    switch channel.kind {
    case .alertmanager(let address):
      return AlertmanagerNotifier(
        try address.text(environment),
        token: token,
        timeout: timeout,
        lease: lease,
        client
      )
    case .webhook(let address):
      return WebhookNotifier(
        try address.text(environment),
        channel: channel.name,
        token: token,
        secret: try text(channel.secret, environment),
        timeout: timeout,
        client
      )
    case .slack(let address):
      return SlackNotifier(try address.text(environment), timeout: timeout, client)
    case .log(let path):
      return LogNotifier(path)
    }
  }

  private static func text(
    _ secret: Secret?,
    _ environment: [String: String]
  ) throws(Secret.Unset) -> String? {
    guard let secret else { return nil }
    return try secret.text(environment)
  }
}
