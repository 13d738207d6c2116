// SPDX-License-Identifier: Apache-2.0
package import Experiments
import Foundation
import Postgres
package import Profiles
package import Settings
package import Store
import Statistics
import YAMLSource

/// What is known of a campaign: its analysis, and what was decided.
package struct CampaignReport: Sendable {
  package var result: ExperimentResult
  /// The input behind it, to be kept with a decision.
  package var input: ExperimentInput
  /// Oldest first.
  package var decisions: [CampaignDecision]
  /// The decision with which the report was frozen; nil where it is of now.
  package var frozen: CampaignDecision?
}

extension Monitor {
  /// Compares the arms of a campaign.
  ///
  /// A campaign that was decided about tells what was known then; `isLive` looks at the tables again.
  ///
  /// - `all`: The campaigns of the configuration.
  /// - `asOf`: The moment as of which to look.
  /// - `isLogged`: Whether it is a look that counts: one at the present. A past moment is none.
  package func analyze(
    _ experiment: ExperimentSettings,
    among all: [ExperimentSettings],
    asOf: Instant,
    _ calendar: ZonedCalendar,
    isLogged: Bool = false,
    isLive: Bool = false
  ) async throws -> CampaignReport {
    let name = experiment.name.value
    let own = try await open()
    // Without the schema there is no log and nothing was decided; the tables can be compared all the same.
    let hasSchema = try await Migrator.missing(own).isEmpty
    if isLogged { try await requireSchema(own) }
    let campaigns = CampaignStore(own)
    let decisions = hasSchema ? try await campaigns.decisions(name) : []
    if !isLive, let last = decisions.last, last.kind.isFinal, asOf >= last.at {
      return CampaignReport(
        result: ExperimentAnalysis(last.input).result,
        input: last.input,
        decisions: decisions,
        frozen: last
      )
    }
    progress.begin("reading the campaign \(name)")
    defer { progress.end() }
    // At one moment, so that all figures are of the same customers.
    let connection = try await openForReading()
    var input = try await connection.withTransaction(.snapshot) { connection in
      try await ExperimentStore(experiment, among: all, connection, calendar, asOf: asOf).input()
    }
    input.looks = LookPlan(
      reviews: experiment.reviews,
      customers: experiment.planned,
      log: hasSchema ? try await campaigns.looks(name, before: asOf) : [],
      isLogged: isLogged
    )
    let result = ExperimentAnalysis(input).result
    if isLogged {
      try await campaigns.log(
        result.logged(input),
        of: name,
        software: Self.software
      )
    }
    return CampaignReport(result: result, input: input, decisions: decisions, frozen: nil)
  }

  /// A decision that cannot be recorded as it is.
  package struct Unsigned: Error, CustomStringConvertible {
    package let description: String
  }

  /// Records what was decided about a campaign, with what the data advised; a final decision freezes its report.
  ///
  /// - Throws: `Unsigned` where the decision goes against the verdict and nobody else has agreed to it.
  package func signOff(
    _ experiment: ExperimentSettings,
    among all: [ExperimentSettings],
    _ kind: CampaignDecision.Kind,
    author: String,
    second: String?,
    reason: String,
    now: Instant,
    _ calendar: ZonedCalendar
  ) async throws -> CampaignReport {
    let report = try await analyze(
      experiment,
      among: all,
      asOf: now,
      calendar,
      isLogged: true,
      isLive: true
    )
    let verdicts = report.result.verdicts
    // What a review advised may be signed while customers go on maturing, unless harm was seen since.
    let review = report.input.looks.log.last { $0.kind == .planned }?.verdict ?? ""
    let reviewed =
      verdicts.contains { $0.kind == .keepRunning || $0.kind == .rollOut } ? review : ""
    let words =
      verdicts.map(\.kind)
      + reviewed.split(separator: " ").compactMap {
        ExperimentResult.Verdict.Kind(rawValue: String($0))
      }
    let advised = Set(words.map(\.rawValue)).sorted().joined(separator: " ")
    func named(_ name: String?) -> String? {
      let name = name?.trimmingCharacters(in: .whitespaces)
      return name?.isEmpty ?? true ? nil : name
    }
    let second = named(second)
    if !words.contains(where: { kind.follows($0) }) {
      let same = second?.lowercased() == named(author)?.lowercased()
      guard second != nil, !same else {
        throw Unsigned(
          description:
            "the verdict is '\(advised)' and the decision '\(kind.rawValue)': a decision against the "
            + "verdict needs a second name (--second) beside the reason"
        )
      }
    }
    let money = report.result.money.values.max { $0.net < $1.net }
    let decision = CampaignDecision(
      at: now,
      kind: kind,
      verdict: advised,
      author: author,
      secondAuthor: second,
      reason: reason,
      net: money.map { ($0.net, $0.interval.lower, $0.interval.upper) },
      input: report.input,
      software: Self.software
    )
    try await CampaignStore(try await open()).record(decision, of: experiment.name.value)
    var told = report
    told.decisions.append(decision)
    return told
  }
}

extension CampaignDecision.Kind {
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

extension ExperimentResult {
  /// The look as it is logged.
  fileprivate func logged(_ input: ExperimentInput) -> LookPlan.Look {
    var scores: [String: Double] = [:]
    for effect in effects where effect.isPrimary && effect.best.standardError > 0 {
      scores[effect.arm] = effect.best.difference / effect.best.standardError
    }
    return LookPlan.Look(
      at: asOf,
      kind: look.kind,
      matured: look.matured,
      fraction: look.fraction,
      scores: scores,
      assigned: Dictionary(uniqueKeysWithValues: arms.map { ($0.name, $0.assigned) }),
      metric: primary.specification,
      verdict: verdicts.map(\.kind.rawValue).joined(separator: " ")
    )
  }
}
