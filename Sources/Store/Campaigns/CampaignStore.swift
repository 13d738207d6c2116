// SPDX-License-Identifier: Apache-2.0
package import Experiments
import Foundation
package import Postgres
package import Profiles
import Scan

/// Reads and writes the interim looks at campaigns, and what was decided.
package struct CampaignStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Returns the interim looks before a moment, oldest first.
  package func looks(_ campaign: String, before moment: Instant) async throws -> [InterimPlan
    .InterimLook]
  {
    let rows = try await connection.query(
      SQL.read_interim_looks,
      [.text(campaign), .timestamp(moment.microseconds)]
    )
    return try rows.map { row in
      InterimPlan.InterimLook(
        at: try row.decode("looked_at"),
        kind: try row.decode("kind"),
        matured: try row.decode("matured"),
        fraction: try row.decode("fraction"),
        scores: try row.json("scores"),
        assigned: try row.json("assigned"),
        metric: try row.decode("metric"),
        verdict: try row.decode("verdict")
      )
    }
  }

  /// Logs an interim look.
  package func log(
    _ look: InterimPlan.InterimLook,
    of campaign: String,
    software: String
  ) async throws {
    try await connection.execute(
      SQL.insert_interim_look,
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
  package func decisions(_ campaign: String) async throws -> [RecordedDecision] {
    let rows = try await connection.query(
      SQL.read_campaign_decisions,
      [.text(campaign)]
    )
    return try rows.map { row in
      RecordedDecision(
        at: try row.decode("decided_at"),
        kind: try row.decode("decision"),
        verdict: try row.decode("verdict"),
        author: try row.decode("author"),
        secondAuthor: try row.decode("second_author"),
        reason: try row.decode("reason"),
        net: try row.decode("net", as: Double?.self).map {
          ($0, lower: try row.decode("net_lower"), upper: try row.decode("net_upper"))
        },
        input: try row.json("input"),
        software: try row.decode("software")
      )
    }
  }

  /// Records a decision.
  package func record(_ decision: RecordedDecision, of campaign: String) async throws {
    func number(_ value: Double?) -> Parameter { value.map { .double($0) } ?? .null }
    try await connection.execute(
      SQL.insert_campaign_decision,
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
