// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// A job as operators see it.
package struct JobRecord: Sendable {
  package let identifier: Int
  package let model: String
  package let state: JobState
  package let remedy: RetrainingDecision.Remedy
  package let reason: String
  package let version: String
  package let madeAt: Instant
  package let author: String
  package let notBefore: Instant
  package let attempts: Int
  package let maximumAttempts: Int
  package let run: String?
  package let cancelRequestedBy: String?
  package let newVersion: String?
  package let lastError: String?
  package let createdAt: Instant
  package let startedAt: Instant?
  package let finishedAt: Instant?
  package let log: String
  /// As JSON.
  package let task: String
  package let answer: String?

  package init(
    identifier: Int,
    model: String,
    state: JobState,
    remedy: RetrainingDecision.Remedy,
    reason: String,
    version: String,
    madeAt: Instant,
    author: String,
    notBefore: Instant,
    attempts: Int,
    maximumAttempts: Int,
    run: String?,
    cancelRequestedBy: String?,
    newVersion: String?,
    lastError: String?,
    createdAt: Instant,
    startedAt: Instant?,
    finishedAt: Instant?,
    log: String,
    task: String,
    answer: String?
  ) {
    self.identifier = identifier
    self.model = model
    self.state = state
    self.remedy = remedy
    self.reason = reason
    self.version = version
    self.madeAt = madeAt
    self.author = author
    self.notBefore = notBefore
    self.attempts = attempts
    self.maximumAttempts = maximumAttempts
    self.run = run
    self.cancelRequestedBy = cancelRequestedBy
    self.newVersion = newVersion
    self.lastError = lastError
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.log = log
    self.task = task
    self.answer = answer
  }
}

/// Something that happened to a job, or would have.
package struct JobEvent: Sendable {
  package let job: Int?
  package let kind: JobEventKind
  package let message: String
  /// The moment of the check, for what a check decided.
  package let asOf: Instant?
  package let at: Instant

  package init(job: Int?, kind: JobEventKind, message: String, asOf: Instant?, at: Instant) {
    self.job = job
    self.kind = kind
    self.message = message
    self.asOf = asOf
    self.at = at
  }
}
