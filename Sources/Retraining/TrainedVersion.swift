// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// When a version scored.
package struct VersionActivity: Sendable, Hashable {
  package let name: String
  /// The beginning of its first bucket with rows, and the end of its last one.
  package let first: Instant
  package let last: Instant

  package init(_ name: String, first: Instant, last: Instant) {
    self.name = name
    self.first = first
    self.last = last
  }
}

/// A job that succeeded, with the version that its trainer named.
package struct TrainedVersion: Sendable, Hashable {
  package let job: Int
  /// The moment of the check that made the job.
  package let madeAt: Instant
  /// nil where the trainer did not say.
  package let name: String?
  package let answer: TrainingAnswer?

  package init(job: Int, madeAt: Instant, name: String?, answer: TrainingAnswer? = nil) {
    self.job = job
    self.madeAt = madeAt
    self.name = name
    self.answer = answer
  }
}
