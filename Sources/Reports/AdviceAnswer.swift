// SPDX-License-Identifier: Apache-2.0
package import Checks
import Foundation
package import Profiles

/// What a model's last check advises, for a scheduler.
package struct AdviceAnswer: Sendable {
  /// One version that is in use.
  package struct Version: Sendable {
    package let version: String
    package let advice: Advice
    /// The map to apply, with `recalibrate`.
    package let map: (intercept: Double, slope: Double)?
    /// What became of it: a job, or what speaks against one; nil where none is asked for.
    package let decision: String?
    /// Alerts that wait for further windows, for people.
    package let pending: [String]

    package init(
      version: String,
      advice: Advice,
      map: (intercept: Double, slope: Double)?,
      decision: String?,
      pending: [String]
    ) {
      self.version = version
      self.advice = advice
      self.map = map
      self.decision = decision
      self.pending = pending
    }
  }

  package let model: String
  /// The moment of the last check; nil where there was none.
  package let asOf: Instant?
  package let versions: [Version]
  /// The number of the retraining job that is not over.
  package let job: Int?

  package init(model: String, asOf: Instant?, versions: [Version], job: Int?) {
    self.model = model
    self.asOf = asOf
    self.versions = versions
    self.job = job
  }

  /// Why nothing can be said; nil where something can.
  package var obstacle: String? {
    guard asOf != nil else {
      return "no check of it is stored; 'plumbline check' makes one, or says why it cannot"
    }
    return versions.isEmpty ? "nothing could be measured" : nil
  }

  /// The answer as text.
  package var text: String {
    var lines: [String] = []
    if let obstacle { lines.append("\(model): cannot judge: \(obstacle)") }
    for version in versions {
      let state = version.advice.isBlind ? "cannot judge" : version.advice.action.text
      lines.append("\(model) \(version.version): \(state). \(version.advice.reason)")
      if let onset = version.advice.onset { lines.append("  since \(onset)") }
      if let map = version.map {
        lines.append(
          "  map: logit p = \(NumberText.text(map.intercept)) + \(NumberText.text(map.slope)) · logit score"
        )
      }
      if let decision = version.decision { lines.append("  \(decision)") }
      lines += version.pending.map { "  pending: \($0)" }
      lines += version.advice.setAside.map { "  set aside: \($0)" }
    }
    if let job { lines.append("  open: job \(job)") }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Answers for several models as a JSON document.
package struct AdviceDocument: Encodable {
  private struct Cause: Encodable {
    let check: String
    let subject: String
  }

  private struct Map: Encodable {
    let intercept: Double
    let slope: Double
  }

  private struct Version: Encodable {
    let version: String
    let action: String
    let canJudge: Bool
    let reason: String
    let cause: Cause?
    let onset: Instant?
    let map: Map?
    let decision: String?
    let pending: [String]
    let setAside: [String]

    enum CodingKeys: String, CodingKey {
      case version, action, reason, cause, onset, map, decision, pending
      case canJudge = "can_judge"
      case setAside = "set_aside"
    }
  }

  private struct Model: Encodable {
    let model: String
    let asOf: Instant?
    let obstacle: String?
    let job: Int?
    let versions: [Version]

    enum CodingKeys: String, CodingKey {
      case model, obstacle, job, versions
      case asOf = "as_of"
    }
  }

  private let schema = 1
  private let models: [Model]

  package init(_ answers: [AdviceAnswer]) {
    models = answers.map { answer in
      Model(
        model: answer.model,
        asOf: answer.asOf,
        obstacle: answer.obstacle,
        job: answer.job,
        versions: answer.versions.map { item in
          Version(
            version: item.version,
            action: item.advice.action.rawValue,
            canJudge: !item.advice.isBlind,
            reason: item.advice.reason,
            cause: item.advice.cause.map { Cause(check: $0.check.rawValue, subject: $0.subject) },
            onset: item.advice.onset,
            map: item.map.map { Map(intercept: $0.intercept, slope: $0.slope) },
            decision: item.decision,
            pending: item.pending,
            setAside: item.advice.setAside
          )
        }
      )
    }
  }

  /// The document, with a line break at its end.
  package func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
