// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Scan

/// Another run has written in the meantime what this one was about to write.
package struct ConcurrentUpdate: Error, CustomStringConvertible {
  package init() {}

  package var description: String {
    "another run has worked on this model in the meantime; nothing was written twice"
  }
}

/// What a closed bucket was made of.
package struct BucketState: Sendable {
  package let range: TimeRange
  /// Counts up each time the profile is made again.
  package let revision: Int
  /// How many rows it was made of; nil where that is not known.
  package let rows: Int?
  /// Nil where it was not taken.
  package let digest: RowDigest?
  /// What the digest covers.
  package let columns: Int?
  /// Whether the rows have changed since their labels were counted.
  package let isDue: Bool
}

/// A closed bucket whose rows are no longer those that it was made of.
package struct BucketRevision: Sendable {
  package let state: BucketState
  package let digest: RowDigest
  /// The profiles to store; nil where the counts are what they were.
  package let profiles: [BucketKey: [FeatureProfile]]?
  package let isLabelDue: Bool

  package init(
    state: BucketState,
    digest: RowDigest,
    profiles: [BucketKey: [FeatureProfile]]?,
    isLabelDue: Bool
  ) {
    self.state = state
    self.digest = digest
    self.profiles = profiles
    self.isLabelDue = isLabelDue
  }
}
