// SPDX-License-Identifier: Apache-2.0
import Retraining
import TestKit
import Testing

@Suite struct JobStateTests {
  @Test func `the database knows the states of jobs and versions that the program knows`() throws {
    #expect(
      try SchemaWords.allowed(by: "retraining_job_state_check") == JobState.allCases.map(\.rawValue)
    )
    #expect(
      try SchemaWords.allowed(by: "model_version_state_check")
        == ModelVersion.State.allCases.map(\.rawValue)
    )
  }

  @Test func `the database's leases and ends are those of the states`() throws {
    let held = JobState.allCases.filter(\.isHeld).map(\.rawValue)
    let over = JobState.allCases.filter(\.isOver).map(\.rawValue)
    #expect(try SchemaWords.allowed(by: "retraining_job_check") == held)
    #expect(try SchemaWords.allowed(by: "retraining_job_check1") == over)
  }

  @Test func `these changes of a job's state are allowed, and no others`() {
    let allowed: [JobState: [JobState]] = [
      .awaitingApproval: [.queued, .cancelled, .rejected],
      .queued: [.submitting, .running, .cancelled],
      .submitting: [.queued, .running, .succeeded, .failed, .cancelled],
      .running: [.queued, .succeeded, .failed, .cancelled],
      .failed: [.queued],
    ]
    for from in JobState.allCases {
      for to in JobState.allCases {
        let expected = allowed[from, default: []].contains(to)
        #expect(JobState.allowed(from: from, to: to) == expected, "\(from) to \(to)")
      }
    }
  }

  @Test func `every state can be reached, and every job can come to an end`() {
    func reached(from states: Set<JobState>) -> Set<JobState> {
      let wider = states.union(states.flatMap(\.next))
      return wider == states ? states : reached(from: wider)
    }
    let initial = Set([true, false].map(JobState.initial(needsApproval:)))
    #expect(reached(from: initial) == Set(JobState.allCases))
    for state in JobState.allCases {
      #expect(reached(from: [state]).contains { $0.isOver }, "\(state)")
      #expect(!state.isWithdrawn || state.isOver && state.next.isEmpty, "\(state)")
    }
  }

  @Test func `a person's decision makes an allowed change`() {
    let expected: [JobDecision: [JobState]] = [
      .approve: [.awaitingApproval], .reject: [.awaitingApproval],
      .cancel: [.awaitingApproval, .queued, .submitting, .running], .retry: [.failed],
    ]
    for decision in JobDecision.allCases {
      #expect(decision.states == expected[decision])
      for state in JobState.allCases {
        switch decision.effect(on: state) {
        case .move(let next): #expect(JobState.allowed(from: state, to: next))
        case .askWorker: #expect(state.isHeld)
        case nil: #expect(!decision.states.contains(state))
        }
      }
    }
  }

  @Test func `the words of events are read back`() {
    let words = JobEventKind.allCases.map(\.rawValue)
    #expect(Set(words).count == words.count)
    for kind in JobEventKind.allCases {
      #expect(JobEventKind(rawValue: kind.rawValue) == kind)
    }
    #expect(JobEventKind(rawValue: "unheard of") == nil)
  }
}
