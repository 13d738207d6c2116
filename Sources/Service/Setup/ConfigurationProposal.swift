// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// Proposes a configuration from the tables that a database has.
package struct ConfigurationProposal: Sendable {
  /// The text of the proposed `plumbline.yaml`.
  package let text: String
  /// What was found and guessed, for the user.
  package let notes: [String]

  private struct Table {
    let relation: Relation

    /// Returns the first column that one of the words names, in the words' order.
    func column(_ words: [String], where accepts: (Relation.Column) -> Bool = { _ in true })
      -> String?
    {
      for word in words {
        if let match = relation.columns.first(where: {
          accepts($0) && ($0.name.lowercased() == word || $0.name.lowercased().contains(word))
        }) {
          return match.name
        }
      }
      return nil
    }
  }

  private static let scoreWords = ["score", "probability", "prob", "p_churn", "prediction_value"]
  private static let timeWords = ["predicted_at", "scored_at", "created_at", "time", "date", "_at"]
  private static let idWords = ["prediction_id", "id", "uuid"]
  private static let entityWords = ["customer_id", "customer", "user_id", "account", "subscriber"]
  private static let versionWords = ["model_version", "version"]
  private static let labelWords = ["label", "churned", "is_churn", "outcome", "churn", "target"]
  private static let outcomeTimeWords = [
    "observed_at", "labelled_at", "outcome_at", "created_at", "time", "date", "_at",
  ]

  /// Proposes one for a database.
  package static func propose(_ runtime: Runtime) async throws -> ConfigurationProposal {
    try await propose(try await runtime.open())
  }

  /// Proposes one from all tables that may be read.
  package static func propose(_ connection: Connection) async throws -> ConfigurationProposal {
    var tables: [Table] = []
    for name in try await Source.tableNames(connection) {
      if let relation = try await Relation.read(name, connection) {
        tables.append(Table(relation: relation))
      }
    }
    let scored = tables.filter { table in
      table.column(scoreWords, where: { ["float4", "float8", "numeric"].contains($0.type) }) != nil
        && table.column(timeWords, where: \.isTime) != nil
    }
    guard
      let predictions = scored.max(by: { $0.relation.estimatedRows < $1.relation.estimatedRows })
    else {
      return ConfigurationProposal(
        text: draft(nil, nil, range: nil),
        notes: [
          "no table with a score and a time was found among \(tables.count): fill in the names"
        ]
      )
    }
    let outcomes = tables.first { table in
      table.relation.name != predictions.relation.name
        && table.column(labelWords, where: { $0.isBoolean || $0.isWholeNumber }) != nil
        && table.column(outcomeTimeWords, where: \.isTime) != nil
    }
    let time = predictions.column(timeWords, where: \.isTime) ?? "predicted_at"
    let range = try await dates(in: time, of: predictions.relation.name, connection)
    var notes = ["predictions: \(predictions.relation.name)"]
    notes.append("outcomes: \(outcomes?.relation.name ?? "none found; performance needs them")")
    let text = draft(predictions, outcomes, range: range)
    guard outcomes != nil, let lag = try await lag(text, connection) else {
      return ConfigurationProposal(text: text, notes: notes)
    }
    notes.append(
      "outcomes arrive \(lag.median) days after the prediction (median), the last after "
        + "\(lag.longest)"
    )
    return ConfigurationProposal(
      text: draft(predictions, outcomes, range: range, lag: lag),
      notes: notes
    )
  }

  /// The first and last day of a table.
  private static func dates(
    in column: String,
    of table: String,
    _ connection: Connection
  ) async throws -> (from: CivilDate, to: CivilDate)? {
    guard let (first, last) = try await Relation.moments(in: column, of: table, connection) else {
      return nil
    }
    func day(_ moment: Instant) -> CivilDate {
      CivilDate(dayNumber: Int(moment.microseconds / FixedDuration.day.microseconds))
    }
    return (day(first), day(last))
  }

  /// How late the outcomes of a first draft arrive.
  private static func lag(_ draft: String, _ connection: Connection) async throws -> LabelLag? {
    let settings = try SettingsFile.read(text: draft, file: "proposal").settings
    guard let model = settings.models.first else { return nil }
    do {
      return try await LabelLag.read(try await Source.resolve(model, connection), connection)
    } catch is ConfigErrors {
      // A draft that does not fit its tables is proposed all the same, with the usual horizon.
      return nil
    }
  }

  /// The horizon, and what no outcome means: where both kinds of outcome are reported, the horizon
  /// is the longest delay seen; where only churn is, it is the business's to say.
  private static func horizon(_ lag: LabelLag?) -> (days: Int, absent: String) {
    guard let lag, lag.hasNegatives else { return (90, "negative") }
    return (max(10, (lag.longest + 9) / 10 * 10), "unknown")
  }

  /// The oldest quarter of the data, three months at most: the model was right when it was new.
  private static func reference(_ range: (from: CivilDate, to: CivilDate)?) -> String {
    guard let range else { return "{ from: 2026-01-01, to: 2026-04-01 }" }
    let days = range.to.dayNumber - range.from.dayNumber + 1
    let end = CivilDate(dayNumber: range.from.dayNumber + max(1, min(90, days / 4)))
    return "{ from: \(range.from), to: \(end) }"
  }

  private static func draft(
    _ predictions: Table?,
    _ outcomes: Table?,
    range: (from: CivilDate, to: CivilDate)?,
    lag: LabelLag? = nil
  ) -> String {
    let mine = predictions
    let version = mine?.column(versionWords)
    let entity = mine?.column(entityWords)
    let id = mine?.column(idWords) ?? "prediction_id"
    var lines = [
      "# What plumbline watches. Proposed from the tables of the database: check every line.",
      "timezone: UTC                    # for calendar windows and display",
      "models:",
      "  - name: churn",
      "    predictions:",
      "      table: \(mine?.relation.name ?? "crm.predictions")   # table, view or partitioned parent",
      "      id: \(id)",
      "      time: \((mine?.column(timeWords, where: \.isTime) ?? "predicted_at"))",
      "      score: \((mine?.column(scoreWords) ?? "score"))   # probability of churn, 0..1",
      version.map { "      version: \($0)" }
        ?? "      # version: model_version      # a column, or a \"quoted constant\"",
      entity.map { "      entity: \($0)          # the customer; never kept" }
        ?? "      # entity: customer_id",
    ]
    lines += outcomeLines(outcomes, id: id, horizon(lag))
    if outcomes != nil, let lag, lag.hasNegatives, !lag.hasReversals {
      lines.append("      final: true             # no \"no\" was ever followed by a \"yes\"")
    }
    lines += [
      "    decision: { threshold: 0.5 }   # or { column: flagged }, or { top: 5% }",
      "    features: all                  # or a list, { exclude: [...] }, { json: column }",
      "    # identifiers: [agent]         # left out: recognised by themselves",
      "    # segments: [region]",
      "    reference: \(reference(range))",
      "    windows: [7d, 28d, 1mo]",
      "",
    ]
    return lines.joined(separator: "\n")
  }

  private static func outcomeLines(
    _ outcomes: Table?,
    id: String,
    _ horizon: (days: Int, absent: String)
  ) -> [String] {
    guard let outcomes else {
      return [
        "    # outcomes:",
        "    #   table: crm.outcomes",
        "    #   prediction: \(id)",
        "    #   time: observed_at",
        "    #   label: label",
        "    #   horizon: 90d",
      ]
    }
    let key = outcomes.column([id, "prediction_id"])
    let entity = outcomes.column(entityWords) ?? "customer_id"
    return [
      "    outcomes:",
      "      table: \(outcomes.relation.name)",
      key.map { "      prediction: \($0)" } ?? "      entity: \((entity))",
      "      time: \((outcomes.column(outcomeTimeWords, where: \.isTime) ?? "observed_at"))",
      "      label: \((outcomes.column(labelWords, where: { $0.isBoolean || $0.isWholeNumber }) ?? "label"))",
      "      horizon: \(horizon.days)d                 # a label is final this long after the prediction",
      "      absent: \(horizon.absent)             # what no outcome means after that: negative | unknown",
    ]
  }
}
