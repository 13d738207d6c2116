// SPDX-License-Identifier: Apache-2.0

/// Where a retraining job stands.
package enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
  /// It waits for a person's approval.
  case awaitingApproval = "awaiting_approval"
  /// It waits for a worker: for its first attempt, or for the next one.
  case queued
  /// A worker has it and asks the trainer for a run; none is known yet.
  case submitting
  /// A worker has it, and the trainer's run is known.
  case running
  case succeeded
  /// All attempts are used up; a person may have it tried again.
  case failed
  /// A person ended it.
  case cancelled
  /// A person refused the approval.
  case rejected
}

extension JobState {
  /// Whether nothing more happens to it by itself.
  package var isOver: Bool {
    switch self {
    case .awaitingApproval, .queued, .submitting, .running: false
    case .succeeded, .failed, .cancelled, .rejected: true
    }
  }

  /// Whether a worker holds a lease on it.
  package var isHeld: Bool {
    switch self {
    case .submitting, .running: true
    case .awaitingApproval, .queued, .succeeded, .failed, .cancelled, .rejected: false
    }
  }

  /// Whether a person ended it before it came to anything: it does not count as a training.
  package var isWithdrawn: Bool {
    switch self {
    case .cancelled, .rejected: true
    case .awaitingApproval, .queued, .submitting, .running, .succeeded, .failed: false
    }
  }

  /// The states in which a job may begin.
  package static func initial(needsApproval: Bool) -> JobState {
    needsApproval ? .awaitingApproval : .queued
  }

  /// The states that may follow this one.
  package var next: Set<JobState> {
    switch self {
    case .awaitingApproval: [.queued, .rejected, .cancelled]
    // A run that an earlier attempt left behind is watched again without being asked for.
    case .queued: [.submitting, .running, .cancelled]
    case .submitting: [.running, .queued, .succeeded, .failed, .cancelled]
    case .running: [.queued, .succeeded, .failed, .cancelled]
    case .failed: [.queued]
    case .succeeded, .cancelled, .rejected: []
    }
  }

  /// Whether one state may follow another.
  package static func allowed(from: JobState, to: JobState) -> Bool { from.next.contains(to) }
}

/// What a person may decide about a job.
package enum JobDecision: String, Sendable, CaseIterable {
  case approve, reject, cancel, retry

  /// What the decision does.
  package enum Effect: Sendable, Hashable {
    case move(to: JobState)
    /// The worker that holds the job is asked to end its run.
    case askWorker
  }

  /// What the decision does to a job in a state; nil where it makes no sense.
  package func effect(on state: JobState) -> Effect? {
    switch (self, state) {
    case (.approve, .awaitingApproval): .move(to: .queued)
    case (.reject, .awaitingApproval): .move(to: .rejected)
    case (.cancel, .awaitingApproval), (.cancel, .queued): .move(to: .cancelled)
    case (.cancel, .submitting), (.cancel, .running): .askWorker
    case (.retry, .failed): .move(to: .queued)
    case (.approve, _), (.reject, _), (.cancel, _), (.retry, _): nil
    }
  }

  /// The states in which the decision makes sense.
  package var states: [JobState] { JobState.allCases.filter { effect(on: $0) != nil } }
}

/// What happened to a job, or kept a model from getting one.
package enum JobEventKind: Sendable, Hashable {
  /// The job came into a state.
  case entered(JobState)
  /// A trigger made no job, for a reason.
  case suppressed
  /// A trigger was taken on by a job that is not over.
  case coalesced
  /// An operator asked the job's worker to end it.
  case cancelRequested
  /// A person paused the model's jobs, or let them go on.
  case paused, resumed
}

extension JobEventKind: RawRepresentable, CaseIterable {
  package static var allCases: [JobEventKind] {
    JobState.allCases.map { .entered($0) }
      + [.suppressed, .coalesced, .cancelRequested, .paused, .resumed]
  }

  package init?(rawValue: String) {
    guard let kind = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = kind
  }

  package var rawValue: String {
    switch self {
    case .entered(let state): state.rawValue
    case .suppressed: "suppressed"
    case .coalesced: "coalesced"
    case .cancelRequested: "cancel_requested"
    case .paused: "paused"
    case .resumed: "resumed"
    }
  }
}
