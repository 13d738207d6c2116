// SPDX-License-Identifier: Apache-2.0
package import Experiments
import Foundation
import Postgres
package import Profiles
package import Reports
package import Settings
import SourceTables
import Store
import Statistics

/// What is known of a campaign: its analysis, and what was decided.
package struct CampaignReport: Sendable {
  package var result: ExperimentResult
  /// The input behind it, to be kept with a decision.
  package var input: ExperimentInput
  /// Oldest first.
  package var decisions: [RecordedDecision]
  /// The decision with which the report was frozen; nil where it is of now.
  package var frozen: RecordedDecision?

  /// The decisions as reports show them.
  package var log: DecisionLog { DecisionLog(decisions, frozenAt: frozen?.at) }
}

/// Compares the arms of campaigns, plans and draws them, and records what was decided.
package struct CampaignService: Sendable {
  let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

  /// Compares the arms of a campaign.
  ///
  /// The report of a campaign that was signed off is the one of then.
  ///
  /// - Parameters:
  ///   - experiment: The campaign.
  ///   - all: The campaigns of the configuration.
  ///   - asOf: The moment as of which they are compared.
  ///   - calendar: That of the configuration.
  ///   - isLogged: Whether it is an interim look that counts: one at the present.
  ///   - isLive: Whether the tables are read though the campaign was signed off.
  /// - Returns: The analysis, and what was decided.
  /// - Throws: `NotMigrated` where the look is to be logged; `ConfigErrors` where the configuration
  ///   does not fit the tables.
  package func analyze(
    _ experiment: ExperimentSettings,
    among all: [ExperimentSettings],
    asOf: Instant,
    _ calendar: ZonedCalendar,
    isLogged: Bool = false,
    isLive: Bool = false
  ) async throws -> CampaignReport {
    let name = experiment.name
    let own = try await runtime.open()
    // Without the schema there is no log and nothing was decided; the tables can be compared all
    // the same.
    let hasSchema = try await Migrator.missing(own).isEmpty
    if isLogged { try await runtime.requireSchema(own) }
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
    var input = try await input(experiment, among: all, asOf: asOf, calendar)
    input.looks = InterimPlan(
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
        software: SoftwareVersion.current.text
      )
    }
    return CampaignReport(result: result, input: input, decisions: decisions, frozen: nil)
  }

  /// Reads the tables of a campaign at one moment, so that all figures are of the same customers.
  private func input(
    _ experiment: ExperimentSettings,
    among all: [ExperimentSettings],
    asOf: Instant,
    _ calendar: ZonedCalendar
  ) async throws -> ExperimentInput {
    runtime.progress.begin(.readingCampaign, "reading the campaign \(experiment.name)")
    defer { runtime.progress.end() }
    let connection = try await runtime.openForReading()
    return try await runtime.placing {
      try await connection.withTransaction(.snapshot) { connection in
        try await ExperimentStore(
          experiment,
          among: all,
          connection,
          calendar: calendar,
          asOf: asOf
        ).input()
      }
    }
  }
}

extension ExperimentResult {
  /// The interim look as it is logged.
  fileprivate func logged(_ input: ExperimentInput) -> InterimPlan.InterimLook {
    var scores: [String: Double] = [:]
    for effect in effects where effect.isPrimary && effect.best.standardError > 0 {
      scores[effect.arm] = effect.best.difference / effect.best.standardError
    }
    return InterimPlan.InterimLook(
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
