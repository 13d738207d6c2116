// SPDX-License-Identifier: Apache-2.0

/// What a trainer says of a run, where it is asked or calls back.
package struct TrainingCallback: Sendable, Hashable, Codable {
  package enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case queued, running, succeeded, failed

    /// Whether the run has ended.
    package var isOver: Bool {
      switch self {
      case .queued, .running: false
      case .succeeded, .failed: true
      }
    }
  }

  package let state: State
  /// The version that was made.
  package let version: String?
  /// Why it waits, or failed.
  package let reason: String?
  package let metrics: [String: Double]?
  /// Where the model is, for a registry, and the run that made it.
  package let source: String?
  package let run: String?

  package init(
    state: State,
    version: String? = nil,
    reason: String? = nil,
    metrics: [String: Double]? = nil,
    source: String? = nil,
    run: String? = nil
  ) {
    self.state = state
    self.version = version
    self.reason = reason
    self.metrics = metrics
    self.source = source
    self.run = run
  }

  enum CodingKeys: String, CodingKey {
    case state, version, reason, metrics, source
    case run = "run_id"
  }

  /// The answer of a run that succeeded.
  package var answer: TrainingAnswer {
    TrainingAnswer(version: version, metrics: metrics, source: source, run: run)
  }
}
