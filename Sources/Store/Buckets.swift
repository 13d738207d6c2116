// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Scan

/// A bucket's counts as they were stored.
package struct StoredBucket<Counts: Sendable>: Sendable {
  package let version: String
  /// `column=level`; nil for all rows.
  package let segment: String?
  package let bucket: TimeRange
  package let counts: Counts

  package init(version: String, segment: String?, bucket: TimeRange, counts: Counts) {
    self.version = version
    self.segment = segment
    self.bucket = bucket
    self.counts = counts
  }
}

/// Another run has written in the meantime what this one was about to write.
package struct Overtaken: Error, CustomStringConvertible {
  package init() {}

  package var description: String {
    "another run has worked on this model in the meantime; nothing was written twice"
  }
}

/// How busy a version was in a bucket: enough to choose windows by, without their counts.
package struct BucketActivity: Sendable {
  package let version: String
  package let bucket: TimeRange
  package let rows: Int
  /// Predictions with a usable score, for which labels are counted.
  package let predictions: Int
  /// Those of them whose label can still come.
  package let open: Int

  package init(version: String, bucket: TimeRange, rows: Int, predictions: Int, open: Int) {
    self.version = version
    self.bucket = bucket
    self.rows = rows
    self.predictions = predictions
    self.open = open
  }
}

/// What a closed bucket was made of.
package struct BucketState: Sendable {
  package let range: TimeRange
  /// Counts up each time the profile is made anew.
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
