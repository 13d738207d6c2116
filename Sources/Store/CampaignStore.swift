// SPDX-License-Identifier: Apache-2.0
package import Experiments
import Foundation
package import Postgres
package import Profiles
import Scan

/// What was decided about a campaign.
package struct CampaignDecision: Sendable {
  /// What people decide.
  package enum Kind: String, Sendable, CaseIterable {
    case rollOut = "roll-out"
    case target
    case keepRunning = "keep-running"
    case stop

    /// Whether the campaign is over, so that its report stands as it was.
    package var isFinal: Bool { self != .keepRunning }
  }

  package var at: Instant
  package var kind: Kind
  package var verdict: String
  package var author: String
  package var secondAuthor: String?
  package var reason: String
  /// The net benefit that was forecast, with its interval.
  package var net: (value: Double, lower: Double, upper: Double)?
  /// The sums that it rests on.
  package var input: ExperimentInput
  package var software: String

  package init(
    at: Instant,
    kind: Kind,
    verdict: String,
    author: String,
    secondAuthor: String?,
    reason: String,
    net: (value: Double, lower: Double, upper: Double)?,
    input: ExperimentInput,
    software: String
  ) {
    self.at = at
    self.kind = kind
    self.verdict = verdict
    self.author = author
    self.secondAuthor = secondAuthor
    self.reason = reason
    self.net = net
    self.input = input
    self.software = software
  }
}

/// Reads and writes the looks at campaigns, and what was decided.
package struct CampaignStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Returns the looks before a moment, oldest first.
  package func looks(_ campaign: String, before moment: Instant) async throws -> [LookPlan.Look] {
    let rows = try await connection.query(
      SQL.read_campaign_looks,
      name: "read_campaign_looks",
      [.text(campaign), .timestamp(moment.microseconds)]
    )
    let decoder = JSONDecoder()
    return try (0..<rows.rowCount).map { row in
      LookPlan.Look(
        at: rows.instant(row, 0),
        kind: LookPlan.Kind(rawValue: rows.text(row, 1)) ?? .unplanned,
        matured: rows.int(row, 6),
        fraction: rows.double(row, 2) ?? 0,
        scores: try decoder.decode([String: Double].self, from: Data(rows.json(row, 3).utf8)),
        assigned: try decoder.decode([String: Int].self, from: Data(rows.json(row, 4).utf8)),
        metric: rows.text(row, 5),
        verdict: rows.text(row, 7)
      )
    }
  }

  /// Logs a look.
  package func log(
    _ look: LookPlan.Look,
    of campaign: String,
    software: String
  ) async throws {
    try await connection.execute(
      SQL.insert_campaign_look,
      name: "insert_campaign_look",
      [
        .text(campaign), .timestamp(look.at.microseconds), .text(look.kind.rawValue),
        .double(look.fraction), .json(try Self.text(look.scores)),
        .json(try Self.text(look.assigned)), .text(look.metric), .text(look.verdict),
        .text(software),
        .int(look.matured),
      ]
    )
  }

  /// Returns what was decided, oldest first.
  package func decisions(_ campaign: String) async throws -> [CampaignDecision] {
    let rows = try await connection.query(
      SQL.read_campaign_decisions,
      name: "read_campaign_decisions",
      [.text(campaign)]
    )
    return try (0..<rows.rowCount).compactMap { row in
      guard let kind = CampaignDecision.Kind(rawValue: rows.text(row, 1)) else { return nil }
      var net: (value: Double, lower: Double, upper: Double)?
      if let value = rows.double(row, 6), let lower = rows.double(row, 7),
        let upper = rows.double(row, 8)
      {
        net = (value, lower, upper)
      }
      return CampaignDecision(
        at: rows.instant(row, 0),
        kind: kind,
        verdict: rows.text(row, 2),
        author: rows.text(row, 3),
        secondAuthor: rows.isNull(row, 4) ? nil : rows.text(row, 4),
        reason: rows.text(row, 5),
        net: net,
        input: try JSONDecoder().decode(
          ExperimentInput.self,
          from: Data(rows.json(row, 9).utf8)
        ),
        software: rows.text(row, 10)
      )
    }
  }

  /// Records a decision.
  package func record(_ decision: CampaignDecision, of campaign: String) async throws {
    func number(_ value: Double?) -> Parameter { value.map { .double($0) } ?? .null }
    try await connection.execute(
      SQL.insert_campaign_decision,
      name: "insert_campaign_decision",
      [
        .text(campaign), .timestamp(decision.at.microseconds), .text(decision.kind.rawValue),
        .text(decision.verdict), .text(decision.author),
        decision.secondAuthor.map { .text($0) } ?? .null, .text(decision.reason),
        number(decision.net?.value), number(decision.net?.lower), number(decision.net?.upper),
        .json(try Self.text(decision.input)), .text(decision.software),
      ]
    )
  }
}
