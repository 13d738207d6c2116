// SPDX-License-Identifier: Apache-2.0

/// Candidates of a tier.
package struct CandidateCount: Sendable {
  package let tier: String
  package let customers: Int
  /// Those who came in the last 28 days; nil where it is not known when they came.
  package let recent: Int?

  package init(tier: String, customers: Int, recent: Int?) {
    self.tier = tier
    self.customers = customers
    self.recent = recent
  }
}
