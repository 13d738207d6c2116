// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Postgres
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

    /// Returns the first column that is one of the words, else one that contains one, in the words'
    /// order.
    func column(_ words: [String], where accepts: (Relation.Column) -> Bool = { _ in true })
      -> String?
    {
      let columns = relation.columns.filter(accepts).map { ($0.name, $0.name.lowercased()) }
      for word in words {
        if let match = columns.first(where: { $0.1 == word }) { return match.0 }
      }
      for word in words {
        if let match = columns.first(where: { $0.1.contains(word) }) { return match.0 }
      }
      return nil
    }
  }

  private static let scoreWords = ["score", "probability", "prob", "p_churn", "prediction_value"]
  private static func isScore(_ column: Relation.Column) -> Bool {
    ["float4", "float8", "numeric"].contains(column.type)
  }
  private static let timeWords = ["predicted_at", "scored_at", "created_at", "time", "date", "_at"]
  private static let idWords = ["prediction_id", "id", "uuid"]
  private static let entityWords = ["customer_id", "customer", "user_id", "account", "subscriber"]
  private static let versionWords = ["model_version", "version"]
  private static let labelWords = ["label", "churned", "is_churn", "outcome", "churn", "target"]
  private static let outcomeTimeWords = [
    "observed_at", "labelled_at", "outcome_at", "created_at", "time", "date", "_at",
  ]

  /// Proposes one from all tables of a database that may be read.
  package static func propose(_ runtime: Runtime) async throws -> ConfigurationProposal {
    let connection = try await runtime.open()
    var tables: [Table] = []
    for name in try await Source.tableNames(connection) {
      if let relation = try await Relation.read(name, connection) {
        tables.append(Table(relation: relation))
      }
    }
    let scored = tables.filter { table in
      table.column(scoreWords, where: isScore) != nil
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
    let learnt = try await learn(text, from: connection, runtime)
    if let lag = learnt.lag {
      notes.append(
        "outcomes arrive \(lag.median) days after the prediction (median), the last after "
          + "\(lag.longest)"
      )
    }
    if range == nil { notes.append("\(predictions.relation.name) has no rows yet") }
    if let reason = learnt.facts?.scoreReason { notes.append(reason) }
    return ConfigurationProposal(
      text: draft(predictions, outcomes, range: range, learnt: learnt),
      notes: notes
    )
  }

  /// What the log itself teaches.
  private struct Learnt {
    var lag: LabelLag?
    var facts: LogFacts?
  }

  /// Rows of a sample that shows what columns and scores are like.
  private static let sampleRows = 20_000

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

  /// Reads what the tables of a first draft hold.
  private static func learn(
    _ draft: String,
    from connection: Connection,
    _ runtime: Runtime
  ) async throws -> Learnt {
    let settings = try SettingsFile.read(text: draft, file: "proposal").settings
    guard let model = settings.models.first else { return Learnt() }
    let source: Source
    do {
      source = try await Source.resolve(model, connection)
    } catch is ConfigErrors {
      // A draft that does not fit its tables is proposed all the same, with what is usual.
      return Learnt()
    }
    let lag = try await LabelLag.read(source, connection)
    let layout = source.layout(features: source.features, segments: [])
    let scanned = try await runtime.reader(source, dropsRepeats: false)
      .sample(rows: sampleRows, layout)
    let facts = LogFacts(
      try await LabelSample.read(source, rows: sampleRows, connection),
      scanned: scanned,
      saysNo: lag?.hasNegatives ?? false,
      scoreColumn: model.predictions.score
    )
    return Learnt(lag: lag, facts: facts)
  }

  /// The horizon, what no outcome means after it, and why.
  ///
  /// The age by which nearly all churners are known; where that cannot be learnt and both kinds of
  /// outcome are reported, the longest delay seen; else it is the business's to say.
  private static func horizon(_ learnt: Learnt) -> (days: Int, absent: String, why: String) {
    let saysNo = learnt.lag?.hasNegatives ?? false
    let absent = saysNo ? "unknown" : "negative"
    if let horizon = learnt.facts?.horizon {
      let later = NumberText.percent(horizon.later)
      return (
        horizon.days, absent,
        "a label is final this long after the prediction; \(later) of the churners come later"
      )
    }
    let why = "a label is final this long after the prediction"
    guard let lag = learnt.lag, saysNo else { return (90, absent, why) }
    return (max(10, (lag.longest + 9) / 10 * 10), absent, why)
  }

  /// A name from that of the table, or of its schema where the table's says nothing.
  private static func name(_ predictions: Table?) -> String {
    let parts = predictions?.relation.name.split(separator: ".").map {
      $0.replacing("\"", with: "").lowercased()
    }
    guard let parts, let table = parts.last else { return "churn" }
    let words = table.split(separator: "_").filter { !plainWords.contains(String($0)) }
    if !words.isEmpty { return words.joined(separator: "-") }
    let schema = parts.dropLast().last ?? "public"
    return schema == "public" || schema == "crm" ? "churn" : schema
  }

  /// Words that say of a table no more than that it is a log of predictions.
  private static let plainWords: Set<String> = [
    "prediction", "predictions", "score", "scores", "scored", "log", "logs", "model", "table", "v",
    "history", "inference", "inferences", "the",
  ]

  /// The oldest quarter of the data, four weeks at least where there are eight and three months at
  /// most: the model was right when it was new.
  private static func reference(_ range: (from: CivilDate, to: CivilDate)?) -> String {
    guard let range else { return "{ from: 2026-01-01, to: 2026-04-01 }" }
    let days = range.to.dayNumber - range.from.dayNumber + 1
    let length = max(1, min(28, days / 2), min(90, days / 4))
    let end = CivilDate(dayNumber: range.from.dayNumber + length)
    return "{ from: \(range.from), to: \(end) }"
  }

  private static func draft(
    _ predictions: Table?,
    _ outcomes: Table?,
    range: (from: CivilDate, to: CivilDate)?,
    learnt: Learnt = Learnt()
  ) -> String {
    let mine = predictions
    let version = mine?.column(versionWords)
    let entity = mine?.column(entityWords)
    let id = mine?.column(idWords) ?? "prediction_id"
    var lines = [
      "# What plumbline watches. Proposed from the tables of the database: check every line.",
      "timezone: UTC                    # for calendar windows and display",
      "models:",
      "  - name: \(name(mine))",
      "    predictions:",
      "      table: \(mine?.relation.name ?? "crm.predictions")   # table, view or partitioned parent",
      "      id: \(id)",
      "      time: \((mine?.column(timeWords, where: \.isTime) ?? "predicted_at"))",
      "      score: \((mine?.column(scoreWords, where: isScore) ?? "score"))   # probability of churn, 0..1",
      version.map { "      version: \($0)" }
        ?? "      # version: model_version      # a column, or a \"quoted constant\"",
      entity.map { "      entity: \($0)          # the customer; never kept" }
        ?? "      # entity: customer_id",
    ]
    lines += outcomeLines(outcomes, id: id, horizon(learnt))
    if outcomes != nil, let lag = learnt.lag, lag.hasNegatives, !lag.hasReversals {
      lines.append("      final: true             # no \"no\" was ever followed by a \"yes\"")
    }
    let facts = learnt.facts
    lines += [
      facts?.threshold.map { threshold in
        "    decision: { threshold: \(threshold.value) }   # flags as many as churned, "
          + "\(NumberText.percent(threshold.churned)); or { column: flagged }, or { top: 5% }"
      } ?? "    decision: { threshold: 0.5 }   # or { column: flagged }, or { top: 5% }",
      "    features: all                  # or a list, { exclude: [...] }, { json: column }",
      "    # identifiers: [agent]         # left out: recognised by themselves",
    ]
    lines += codeLines(facts?.codes ?? [])
    lines += [
      "    # segments: [region]",
      "    reference: \(reference(range))",
      "    windows: [\((facts?.windows ?? ["7d", "28d", "1mo"]).joined(separator: ", "))]"
        + (facts?.windowNote.map { "   # \($0)" } ?? ""),
      "",
    ]
    return lines.joined(separator: "\n")
  }

  /// Asks whether values that look like codes are any.
  private static func codeLines(
    _ codes: [(feature: String, found: IsolatedValueRecognition.Found)]
  ) -> [String] {
    guard !codes.isEmpty else { return [] }
    let entries = codes.map { "\($0.feature): [\($0.found.text)]" }
    let shares = codes.map {
      "\(NumberText.percent($0.found.share)) of \($0.feature) are \($0.found.text)"
    }
    return [
      "    # \(shares.joined(separator: ", ")), apart from all others: if that stands for \"not known\",",
      "    # missing: { \(entries.joined(separator: ", ")) }",
    ]
  }

  private static func outcomeLines(
    _ outcomes: Table?,
    id: String,
    _ horizon: (days: Int, absent: String, why: String)
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
      "      horizon: \(horizon.days)d                 # \(horizon.why)",
      "      absent: \(horizon.absent)             # what no outcome means after that: negative | unknown",
    ]
  }
}
