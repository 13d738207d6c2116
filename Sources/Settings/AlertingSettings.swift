// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// Who is notified of alerts, and how.
package struct AlertingSettings: Sendable {
  /// Where this runs, such as `prod`: a label of every notice.
  package var environment: String?
  /// The address of an alert's page, with `{{number}}`.
  package var link: String?
  /// From one pass of delivery to the next; Alertmanager forgets an alert after four.
  package var interval = FixedDuration(microseconds: 60_000_000)
  /// How long a notice is tried before it is given up.
  package var giveUpAfter = FixedDuration(days: 1)
  /// A model that was last checked longer ago is stale.
  package var staleAfter = FixedDuration(days: 2)
  package var budget: AlertBudget?
  package var channels: [ChannelSettings] = []

  package init() {}
}

/// How many alerts below `critical` a model may begin on a channel in a period.
package struct AlertBudget: Sendable, Hashable {
  package var alerts: Int
  package var period: FixedDuration
}

/// One way to notify.
package struct ChannelSettings: Sendable {
  package enum Kind: Sendable, Hashable {
    case alertmanager(Secret)
    case webhook(Secret)
    case slack(Secret)
    /// A file, or standard error where it is `stderr`.
    case log(String)
  }

  package var name: String
  package var kind: Kind
  /// The lowest severity of a beginning that is sent.
  package var severity: Severity
  /// Models whose alerts are sent; nil for all.
  package var models: [String]?
  /// Sent as `Authorization: Bearer`.
  package var token: Secret?
  /// Signs what a webhook is sent.
  package var secret: Secret?
  package var timeout: FixedDuration

  /// Whether a model's alerts are sent.
  package func takes(_ model: String) -> Bool {
    models.map { $0.contains(model) } ?? true
  }
}
