// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
package import Retraining
import Scan
import Settings

/// A time in which a version scored and was not the champion.
package struct Shadow: Sendable, Hashable {
  package let version: String
  /// The beginning and the end; nil for none.
  package let since: Instant?
  package let until: Instant?

  package init(_ version: String, since: Instant? = nil, until: Instant? = nil) {
    self.version = version
    self.since = since
    self.until = until
  }

  /// When a version was not the champion, as far as is known; nil where that is never.
  package init?(_ version: ModelVersion) {
    switch version.state {
    case .registered, .challenger, .awaitingApproval, .rejected: self.init(version.name)
    case .champion: self.init(version.name, until: version.since)
    case .retired: self.init(version.name, since: version.since)
    }
  }
}

extension Source {
  /// The SQL of the rows that a model may learn from: features as of scoring time, final labels,
  /// arm and weight.
  ///
  /// The text stands alone and names its moment, so that it gives the same rows whenever it is run,
  /// as long as the rows of that time are left alone.
  ///
  /// - Parameters:
  ///   - range: The times of the predictions to learn from.
  ///   - asOf: Outcomes that arrived later are not read.
  ///   - shadows: When versions were not the champion: their rows repeat those of the champion.
  ///   - connection: It quotes names and values.
  /// - Returns: The statement; nil where there are no outcomes.
  /// - Throws: `ServerError`.
  package func trainingStatement(
    _ range: TimeRange,
    asOf: Instant,
    without shadows: [Shadow] = [],
    _ connection: Connection
  ) async throws -> String? {
    let statements = Statements(
      source: self,
      connection: connection,
      dropsRepeats: !hasUniqueID
    )
    return try await statements.trainingSet(range, asOf: asOf, without: shadows)
  }
}

extension Statements {
  fileprivate func trainingSet(
    _ range: TimeRange,
    asOf: Instant,
    without shadows: [Shadow]
  ) async throws -> String? {
    guard
      var values = try await labelValues(
        range,
        before: nil,
        asOf: asOf,
        [],
        withEntity: source.model.treatment != nil
      )
    else { return nil }
    values["arm"] = "'none'::text"
    values["stratum"] = "''::text"
    if let treatment = source.model.treatment, let relation = source.assignments {
      values["predictions"] = try await armed(values, treatment, in: relation, asOf: asOf)
      values["arm"] = "split_part(k.version, chr(31), 2)"
      values["stratum"] = "split_part(k.version, chr(31), 3)"
    } else if case .constant = source.model.predictions.version {
      values["predictions"] =
        "select q.*, ''::text as version from (\(values["predictions"] ?? "")) as q"
    }
    var features: [String] = []
    for feature in source.features { features.append("t." + (try await name(feature.name))) }
    if case .json(let column) = source.model.features {
      features = ["t." + (try await name(column))]
    }
    let predictions = source.model.predictions
    let (table, filter) = try await from(range)
    values["features"] = features.joined(separator: ", ")
    values["source"] = table
    values["filter"] = filter
    if case .column(let version) = predictions.version {
      let column = "coalesce(\(try await name(version))::text, '')"
      let time = try await name(predictions.time)
      for shadow in shadows {
        var condition = "\(column) = \(try await connection.quoted(literal: shadow.version))"
        if let until = shadow.until { condition += " and \(time) < \(try await moment(until))" }
        if let since = shadow.since { condition += " and \(time) >= \(try await moment(since))" }
        values["filter", default: ""] += " and not (\(condition))"
      }
    }
    values["time"] = try await name(predictions.time)
    values["id"] = try await name(predictions.id)
    values["from"] = try await moment(range.from)
    values["to"] = try await moment(range.to)
    values["observed"] = Self.observed(["at", "version"], values)
    let text = Self.fill(SourceSQL.training_set, values)
    // The remarks are for readers of the template.
    return text.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
  }
}
