// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// How well a channel delivers.
package struct ChannelHealth: Sendable, Hashable {
  package let name: String
  /// Failures in a row, up to now.
  package let failures: Int
  /// Whether its circuit breaker is open: nothing is sent for a while.
  package let isOpen: Bool
  package let deliveredAt: Instant?
  package let failedAt: Instant?
  package let lastError: String?
  package let queued: Int
  package let delivered: Int
  package let refused: Int
  package let expired: Int

  package init(
    name: String,
    failures: Int,
    isOpen: Bool,
    deliveredAt: Instant?,
    failedAt: Instant?,
    lastError: String?,
    queued: Int,
    delivered: Int,
    refused: Int,
    expired: Int
  ) {
    self.name = name
    self.failures = failures
    self.isOpen = isOpen
    self.deliveredAt = deliveredAt
    self.failedAt = failedAt
    self.lastError = lastError
    self.queued = queued
    self.delivered = delivered
    self.refused = refused
    self.expired = expired
  }
}
