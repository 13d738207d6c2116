// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Findings
package import Profiles
package import Settings
import YAMLSource

/// Who is to be told of a model's alerts.
package struct Telling: Sendable {
  /// The model's name.
  package let model: String
  package let context: NoticeContext
  package let channels: [ChannelSettings]
  package let budget: AlertBudget?

  package init(
    model: String,
    context: NoticeContext,
    channels: [ChannelSettings],
    budget: AlertBudget?
  ) {
    self.model = model
    self.context = context
    self.channels = channels.filter { $0.tells(model) }
    self.budget = budget
  }
}

/// A delivery that is this process's to make.
package struct ClaimedDelivery: Sendable {
  package let identifier: Int
  package let channel: String
  /// This one included.
  package let attempts: Int
  package let epoch: Int
  package let notice: AlertNotice
  package let createdAt: Instant
}

/// How a channel does.
package struct ChannelHealth: Sendable, Hashable {
  package let name: String
  /// In a row, up to now.
  package let failures: Int
  /// Whether it is left alone for a while.
  package let isOpen: Bool
  package let deliveredAt: Instant?
  package let failedAt: Instant?
  package let lastError: String?
  package let queued: Int
  package let delivered: Int
  package let refused: Int
  package let expired: Int
}

extension ChannelSettings {
  /// Whether it is told again and again while an alert lasts.
  package var isLeased: Bool {
    if case .alertmanager = kind { return true }
    return false
  }

  func tells(_ severity: Severity) -> Bool {
    severity >= Severity(rawValue: self.severity) ?? .info
  }
}
