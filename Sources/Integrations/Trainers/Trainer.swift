// SPDX-License-Identifier: Apache-2.0
package import Retraining

/// What a run is doing.
package enum TrainingState: Sendable, Hashable {
  /// Known to the trainer, not begun.
  case waiting(String)
  case running
  case succeeded(TrainingAnswer)
  case failed(String)
}

/// A call of a trainer that did not do what was asked.
package struct TrainerError: Error, Sendable, CustomStringConvertible {
  package let description: String
  /// Whether the same may succeed later; it is then done again under the same key.
  package let isMomentary: Bool

  package init(_ description: String, isMomentary: Bool) {
    self.description = description
    self.isMomentary = isMomentary
  }
}

/// Something that trains models, and knows a job by its key.
///
/// Whoever works on a job may die at any moment, so the next one looks the key up before it
/// submits. To add a trainer: a file with a type that conforms, its keys in `RetrainingReader`, and
/// a case in `TrainerRoster`.
package protocol Trainer: Sendable {
  /// How long to wait from poll to poll.
  var pause: Duration { get }

  /// Returns the run of a key; nil where the trainer does not know it.
  func find(_ order: TrainingOrder) async throws(TrainerError) -> String?

  /// The name that a run will have, where that is known before it begins: it is recorded first, so
  /// that whoever takes the job over knows on which machine to look.
  func announce(_ order: TrainingOrder) -> String?

  /// Begins a run and returns its name; where the trainer knows the key, that run's.
  func submit(_ order: TrainingOrder) async throws(TrainerError) -> String

  func state(of run: String) async throws(TrainerError) -> TrainingState

  /// Asks a run to end.
  func cancel(_ run: String) async throws(TrainerError)

  /// The end of what a run has said; nil where the trainer keeps that to itself.
  func log(of run: String) -> String?
}

extension Trainer {
  package func announce(_ order: TrainingOrder) -> String? { nil }
  package func log(of run: String) -> String? { nil }
}

extension WebClient {
  /// Sends a request of a trainer; what does not arrive may arrive later.
  func call(_ request: WebRequest) async throws(TrainerError) -> WebResponse {
    do {
      return try await send(request)
    } catch {
      throw TrainerError(error.description, isMomentary: error.isMomentary)
    }
  }
}

extension WebResponse {
  /// The error of an answer that is not what was hoped for.
  func refusal(_ what: String) -> TrainerError {
    let text = excerpt.isEmpty ? "" : ": \(excerpt)"
    return TrainerError(
      "\(what): HTTP \(status)\(text)",
      isMomentary: status >= 500 || [408, 425, 429].contains(status)
    )
  }
}
