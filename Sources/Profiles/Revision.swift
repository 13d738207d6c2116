// SPDX-License-Identifier: Apache-2.0

/// A closed bucket that turned out to hold something else than what was counted.
package struct Revision: Sendable, Hashable {
  package enum Cause: String, Sendable { case rows, labels }

  package let bucket: TimeRange
  package let cause: Cause
  package let rowsBefore: Int?
  package let rowsAfter: Int?
  /// The moment of the check that found it.
  package let asOf: Instant

  package init(
    bucket: TimeRange,
    cause: Cause,
    rowsBefore: Int?,
    rowsAfter: Int?,
    asOf: Instant
  ) {
    self.bucket = bucket
    self.cause = cause
    self.rowsBefore = rowsBefore
    self.rowsAfter = rowsAfter
    self.asOf = asOf
  }
}
