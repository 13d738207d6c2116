// SPDX-License-Identifier: Apache-2.0

/// A point at which a test may stop the process or hold it up, to show that the next run continues.
package enum Failpoint: String, CaseIterable, Sendable {
  /// The model's lock is held.
  case locked
  /// Bins have been made from the reference and stored.
  case binsStored
  /// Rows are about to be read, at a moment that is fixed.
  case reading
  /// Rows have been read; nothing of them is stored.
  case profilesRead
  /// Closed buckets whose rows had changed have been stored.
  case revisionsStored
  /// In the transaction that stores new buckets: the watermark has moved, the counts are not there.
  case closing
  case profilesStored
  /// Outcomes have been read; nothing of them is stored.
  case labelsRead
  /// In the transaction that stores labels: old counts are gone, new ones are not there.
  case settling
  case labelsStored
  /// What became of predictions, by feature, has been stored.
  case outcomesStored
  /// Findings have been made and not recorded.
  case evaluated
  /// In the transaction that records findings.
  case recording
  /// In the same transaction: an alert has changed its state, and no notification is queued yet.
  case alerting
  /// In the same transaction: buckets that were kept long enough are gone, findings are not.
  case dropping
  case recorded
  /// A channel was notified, which is not recorded yet.
  case notified
  /// A job was claimed; its trainer was not asked yet.
  case jobClaimed
  /// The trainer does not know the job, and is about to be called.
  case jobSubmitting
  /// The trainer has it; that is not recorded.
  case jobSubmitted
  /// The run is recorded.
  case jobRunning
}

/// What happens at failpoints: nothing, unless a test has filled it.
package struct Failpoints: Sendable {
  private let action: (@Sendable (Failpoint) -> Void)?

  package static let none = Failpoints(action: nil)

  private init(action: (@Sendable (Failpoint) -> Void)?) { self.action = action }

  package init(_ action: @escaping @Sendable (Failpoint) -> Void) { self.action = action }

  package func reach(_ point: Failpoint) { action?(point) }
}
