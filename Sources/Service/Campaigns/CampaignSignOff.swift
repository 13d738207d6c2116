// SPDX-License-Identifier: Apache-2.0
package import Experiments
import Foundation
import Postgres
package import Profiles
package import Settings
import Statistics
import Store

/// Who decides what about a campaign, and why.
package struct CampaignSignOff: Sendable {
  package let kind: RecordedDecision.Kind
  package let author: String
  /// Who agrees, where the decision goes against the verdict.
  package let secondAuthor: String?
  package let reason: String

  package init(
    _ kind: RecordedDecision.Kind,
    author: String,
    secondAuthor: String?,
    reason: String
  ) {
    self.kind = kind
    self.author = author
    self.secondAuthor = Self.name(secondAuthor)
    self.reason = reason
  }

  /// Whether somebody else has agreed.
  fileprivate var hasSecondAuthor: Bool {
    secondAuthor.map { $0.lowercased() != Self.name(author)?.lowercased() } ?? false
  }

  private static func name(_ text: String?) -> String? {
    let name = text?.trimmingCharacters(in: .whitespaces)
    return name?.isEmpty ?? true ? nil : name
  }
}

extension CampaignService {
  /// A decision that cannot be recorded as it is.
  package struct Unsigned: Error, CustomStringConvertible {
    package let description: String
  }

  /// Records what was decided about a campaign, with what the data advised; a final decision
  /// freezes its report.
  ///
  /// - Parameters:
  ///   - experiment: The campaign.
  ///   - all: The campaigns of the configuration.
  ///   - signOff: The decision.
  ///   - now: The clock.
  ///   - calendar: That of the configuration.
  /// - Returns: The report with the decision.
  /// - Throws: `Unsigned` where the decision goes against the verdict and nobody else has agreed to
  ///   it.
  package func signOff(
    _ experiment: ExperimentSettings,
    among all: [ExperimentSettings],
    _ signOff: CampaignSignOff,
    now: Instant,
    calendar: ZonedCalendar
  ) async throws -> CampaignReport {
    var report = try await analyze(
      experiment,
      among: all,
      asOf: now,
      calendar,
      isLogged: true,
      isLive: true
    )
    let verdicts = report.advisedVerdicts
    let advised = Set(verdicts.map(\.rawValue)).sorted().joined(separator: " ")
    if !verdicts.contains(where: { signOff.kind.follows($0) }), !signOff.hasSecondAuthor {
      throw Unsigned(
        description:
          "the verdict is '\(advised)' and the decision '\(signOff.kind.rawValue)': a decision "
          + "against the verdict needs a second name (--second-author) beside the reason"
      )
    }
    let money = report.result.money.values.max { $0.net < $1.net }
    let decision = RecordedDecision(
      at: now,
      kind: signOff.kind,
      verdict: advised,
      author: signOff.author,
      secondAuthor: signOff.secondAuthor,
      reason: signOff.reason,
      net: money.map { ($0.net, $0.interval.lower, $0.interval.upper) },
      input: report.input,
      software: SoftwareVersion.current.text
    )
    try await CampaignStore(try await runtime.open()).record(decision, of: experiment.name)
    report.decisions.append(decision)
    return report
  }
}

extension CampaignReport {
  /// What the data advise: the verdicts of now, and those of the last planned review, which may be
  /// signed while customers go on maturing, unless harm was seen since.
  fileprivate var advisedVerdicts: [ExperimentResult.Verdict.Kind] {
    let verdicts = result.verdicts.map(\.kind)
    guard verdicts.contains(where: { $0 == .keepRunning || $0 == .rollOut }) else {
      return verdicts
    }
    let review = input.looks.log.last { $0.kind == .planned }?.verdict ?? ""
    return verdicts
      + review.split(separator: " ").compactMap {
        ExperimentResult.Verdict.Kind(rawValue: String($0))
      }
  }
}

extension RecordedDecision.Kind {
  /// Whether a decision is what a verdict advises.
  fileprivate func follows(_ verdict: ExperimentResult.Verdict.Kind) -> Bool {
    switch (self, verdict) {
    case (.rollOut, .rollOut), (.target, .target), (.keepRunning, .keepRunning),
      (.keepRunning, .cannotJudge), (.stop, .stopHarm), (.stop, .stopNoBenefit):
      true
    default: false
    }
  }
}
