// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// An alert with what operators said to it.
package struct StoredAlert: Sendable, Hashable {
  package let identifier: Int
  package let alert: Alert
  package let acknowledgedBy: String?
  package let acknowledgement: String?
  package let isSilenced: Bool
  /// What its rule adds to notices, and what follows when it fires, as of the check that last moved
  /// it.
  package let extras: AlertExtras

  package init(
    identifier: Int,
    alert: Alert,
    acknowledgedBy: String?,
    acknowledgement: String?,
    isSilenced: Bool,
    extras: AlertExtras
  ) {
    self.identifier = identifier
    self.alert = alert
    self.acknowledgedBy = acknowledgedBy
    self.acknowledgement = acknowledgement
    self.isSilenced = isSilenced
    self.extras = extras
  }
}

/// A change of an alert's state as it was stored.
package struct StoredTransition: Sendable, Hashable {
  package let from: AlertState
  package let to: AlertState
  package let at: Instant
  package let reason: String

  package init(from: AlertState, to: AlertState, at: Instant, reason: String) {
    self.from = from
    self.to = to
    self.at = at
    self.reason = reason
  }
}
