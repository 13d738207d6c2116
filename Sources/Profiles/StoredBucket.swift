// SPDX-License-Identifier: Apache-2.0

/// The counts of one bucket, of one version and segment.
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

/// What training rows look like, by version and segment; the version is empty where the table does
/// not distinguish versions, the segment nil for all rows.
package typealias TrainingProfiles = [String: [String?: FeatureProfile]]

/// How many customers there were in a window, and how many of them were scored.
package struct Coverage: Sendable, Hashable {
  package let customers: Int
  package let scored: Int

  package init(customers: Int, scored: Int) {
    self.customers = customers
    self.scored = scored
  }
}

/// What a campaign did to a prediction's customer.
package enum Arm: String, Sendable, Hashable, CaseIterable { case none, control, treated }

/// The labels of one arm of a bucket.
package struct ArmCounts: Sendable {
  package let arm: Arm
  package let stratum: String
  package let labels: LabelProfile

  package init(arm: Arm, stratum: String, labels: LabelProfile) {
    self.arm = arm
    self.stratum = stratum
    self.labels = labels
  }
}

/// The labels from which the outcomes of a bucket were made.
package struct OutcomeRevision: Sendable, Hashable {
  package let labelAge: FixedDuration
  /// Churners known by that age who were flagged, and who were not.
  package let truePositives: Int
  package let falseNegatives: Int
  /// All flagged customers.
  package let flagged: Int

  package init(
    labelAge: FixedDuration,
    truePositives: Int,
    falseNegatives: Int,
    flagged: Int
  ) {
    self.labelAge = labelAge
    self.truePositives = truePositives
    self.falseNegatives = falseNegatives
    self.flagged = flagged
  }
}
