// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
package import Profiles
package import Settings

/// A delivery whose lease this process holds.
package struct ClaimedDelivery: Sendable {
  package let identifier: Int
  package let channel: String
  /// This one included.
  package let attempts: Int
  package let epoch: Int
  package let notice: AlertNotice
  package let createdAt: Instant
}

extension ChannelSettings {
  /// Whether it is notified repeatedly while an alert lasts.
  package var isLeased: Bool {
    if case .alertmanager = kind { return true }
    return false
  }
}
