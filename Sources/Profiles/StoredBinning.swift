// SPDX-License-Identifier: Apache-2.0

/// The bins of a model as they are stored, with how far its buckets are closed.
package struct StoredBinning: Sendable {
  package let identifier: Int
  /// Counts up from 1 for each model.
  package let number: Int
  package let fingerprint: String
  package let binning: Binning
  package let referenceRows: Int
  package let profiledFrom: Instant
  package let profiledUntil: Instant
  /// The moment that the label counts speak of; nil before the first count.
  package let labelledAsOf: Instant?
  package let reason: String
  package let createdAt: Instant
  /// Labels of buckets before this one are counted.
  package let labelledUntil: Instant?
  /// Outcomes that arrived before this moment are counted for good.
  package let settledAsOf: Instant?
  /// Whether some prediction id was seen twice.
  package let hasRepeats: Bool
  /// Buckets before this one are gone, but for those of the reference, whose counts no longer
  /// change.
  package let keptFrom: Instant
  /// The days that the bins come from where the reference moves.
  package let base: TimeRange?

  package init(
    identifier: Int,
    number: Int,
    fingerprint: String,
    binning: Binning,
    referenceRows: Int,
    profiledFrom: Instant,
    profiledUntil: Instant,
    labelledAsOf: Instant?,
    reason: String,
    createdAt: Instant,
    labelledUntil: Instant?,
    settledAsOf: Instant?,
    hasRepeats: Bool,
    keptFrom: Instant,
    base: TimeRange?
  ) {
    self.identifier = identifier
    self.number = number
    self.fingerprint = fingerprint
    self.binning = binning
    self.referenceRows = referenceRows
    self.profiledFrom = profiledFrom
    self.profiledUntil = profiledUntil
    self.labelledAsOf = labelledAsOf
    self.reason = reason
    self.createdAt = createdAt
    self.labelledUntil = labelledUntil
    self.settledAsOf = settledAsOf
    self.hasRepeats = hasRepeats
    self.keptFrom = keptFrom
    self.base = base
  }

  /// The segment targets of a profile, in the order in which scanners give them; nil for all rows.
  package var segments: [String?] {
    [nil] + binning.segmentNames
  }
}

extension StoredBinning {
  /// Makes bins that are not stored, for runs that write nothing.
  package init(unstored binning: Binning, rows: Int, from: Instant) {
    self.init(
      identifier: 0,
      number: 0,
      fingerprint: "",
      binning: binning,
      referenceRows: rows,
      profiledFrom: from,
      profiledUntil: from,
      labelledAsOf: nil,
      reason: "not stored",
      createdAt: from,
      labelledUntil: nil,
      settledAsOf: nil,
      hasRepeats: false,
      keptFrom: from,
      base: nil
    )
  }
}
