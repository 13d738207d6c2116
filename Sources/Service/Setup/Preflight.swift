// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Postgres
import Scan
package import Profiles
package import Settings
import SourceTables
import Store

/// Checks whether everything is there that a check needs, and says what to fix.
package struct Preflight: Sendable {
  /// One thing that was checked.
  package struct Line: Sendable, Hashable {
    /// `warn`: a check works, but not as it should; `fail`: it cannot work.
    package enum Level: String, Sendable { case ok, warn, fail }

    package let level: Level
    package let subject: String
    package let text: String
  }

  private let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

  /// Returns what was found, the server first, then model by model; stops at what makes the rest
  /// impossible.
  package func examine(_ settings: Settings, now: Instant) async -> [Line] {
    let connection: Connection
    do {
      connection = try await runtime.open()
    } catch {
      return [Line(level: .fail, subject: "connection", text: "\(error)")]
    }
    var lines: [Line] = []
    do {
      lines += try await server(connection, now: now)
      for model in settings.models { lines += try await self.model(model, connection, now: now) }
    } catch {
      lines.append(Line(level: .fail, subject: "database", text: "\(error)"))
    }
    return lines
  }

  private func server(_ connection: Connection, now: Instant) async throws -> [Line] {
    let facts = try await ServerFacts.read(connection)
    var lines = [
      Line(
        level: facts.versionNumber >= 140_000 && !facts.isReplica ? .ok : .warn,
        subject: "server",
        text: "PostgreSQL \(facts.version), \(facts.isReplica ? "a replica" : "the primary"), role "
          + "\(facts.role)"
          + (facts.versionNumber >= 140_000 ? "" : "; versions before 14 are not supported")
          + (facts.isReplica
            ? "; 'check' must write: point --dsn at the primary, --read-dsn at the replica" : "")
      )
    ]
    let skew = abs(Double(facts.clock.microseconds - now.microseconds)) / 1e6
    lines.append(
      Line(
        level: skew < 5 ? .ok : .warn,
        subject: "clock",
        text: skew < 5
          ? "agrees with the server's"
          : "differs from the server's by \(Int(skew)) s: set one of them right"
      )
    )
    let missing = try await Migrator.missing(connection)
    lines.append(
      Line(
        level: missing.isEmpty ? .ok : .fail,
        subject: "schema plumbline",
        text: missing.isEmpty
          ? "up to date"
          : "\(missing.count) migrations are missing: run 'plumbline migrate'"
            + (facts.canCreate || facts.hasSchema
              ? "" : " as a role that may create a schema, or run sql/roles.sql first")
      )
    )
    return lines
  }

  private func model(
    _ model: ModelSettings,
    _ connection: Connection,
    now: Instant
  ) async throws -> [Line] {
    let name = model.name
    let source: Source
    do {
      source = try await runtime.resolve(model)
    } catch let errors as ConfigErrors {
      return errors.errors.map { Line(level: .fail, subject: name, text: $0.description) }
    }
    var lines = [
      Line(
        level: .ok,
        subject: name,
        text: "\(source.predictions.name): about \(Int(source.predictions.estimatedRows)) rows, "
          + "\(source.features.count) feature columns"
      )
    ]
    lines += source.issues.map {
      Line(level: .warn, subject: name, text: $0.message)
    }
    let counts = try await runtime.reader(source, dropsRepeats: false)
      .sourceCounts(predictions: nil, outcomes: nil, now: now)
    let odd = [
      (counts.repeats, "rows repeat an earlier id"), (counts.withoutTime, "rows have no time"),
      (counts.inFuture, "predictions are later than now"),
      (counts.orphans, "outcomes have no prediction"),
    ]
    lines += odd.filter { $0.0 > 0 }.map {
      Line(level: .warn, subject: name, text: "\($0.0) \($0.1)")
    }
    lines += try await sampleLines(source)
    lines += try await earlyLines(model, connection)
    lines += try await referenceLines(source, connection)
    if let outcomes = model.outcomes {
      lines += labelLines(outcomes, try await LabelLag.read(source, connection), of: name)
    }
    return lines
  }

  /// Whether decay is detected before labels are final, as the last check has found.
  private func earlyLines(
    _ model: ModelSettings,
    _ connection: Connection
  ) async throws -> [Line] {
    guard model.outcomes != nil else {
      return [
        Line(
          level: .ok,
          subject: model.name,
          text: "no outcomes are configured: drift is found, decay is not"
        )
      ]
    }
    // Before the first check there is no schema, or one of another version.
    guard try await Migrator.missing(connection).isEmpty else { return [] }
    return try await FindingStore(connection).earlyObstacles(model.name).map {
      Line(
        level: .warn,
        subject: model.name,
        text: "decay of \($0.version) is not detected before labels are final: \($0.reason)"
      )
    }
  }

  /// Whether outcomes arrive as the configuration says.
  private func labelLines(_ outcomes: OutcomeSource, _ lag: LabelLag?, of name: String) -> [Line] {
    guard case .prediction = outcomes.key else { return [] }
    guard let lag else {
      return [
        Line(
          level: .warn,
          subject: name,
          text: "no outcome in \(outcomes.table) belongs to a prediction: performance cannot be "
            + "measured yet"
        )
      ]
    }
    var lines: [Line] = []
    if lag.early > 0.5 {
      let share = NumberText.percent(lag.early)
      lines.append(
        Line(
          level: .fail,
          subject: name,
          text: "\(share) of the outcomes lie before their prediction: '\(outcomes.time)' may be "
            + "no time of the outcome, or the times of predictions and outcomes are exchanged"
        )
      )
    }
    if outcomes.isNegativeFinal, lag.hasReversals {
      lines.append(
        Line(
          level: .warn,
          subject: name,
          text: "a \"no\" was followed by a \"yes\": take 'final: true' off, a \"no\" is not the "
            + "last word"
        )
      )
    }
    let isLate = Double(lag.late) > outcomes.horizon.days
    lines.append(
      Line(
        level: isLate ? .warn : .ok,
        subject: name,
        text: "outcomes arrive \(lag.median) days after the prediction (median), 90 % within "
          + "\(lag.late) days; horizon \(outcomes.horizon)"
          + (isLate ? ", which leaves the later ones out: make it longer" : "")
      )
    )
    return lines
  }

  /// Whether a reference of fixed ranges lies where the log has rows.
  private func referenceLines(_ source: Source, _ connection: Connection) async throws -> [Line] {
    let model = source.model
    guard case .ranges(let ranges) = model.reference, !ranges.isEmpty,
      let log = try await Relation.moments(
        in: model.predictions.time,
        of: source.predictions.name,
        connection
      )
    else { return [] }
    return ranges.map(\.range).filter { $0.to <= log.first || log.last < $0.from }.map { range in
      Line(
        level: .fail,
        subject: model.name,
        text: "the reference \(range) has no rows: the log has rows from \(log.first) to "
          + "\(log.last)"
      )
    }
  }

  /// Rows of a sample that shows what columns are like.
  private static let sampleRows = 20_000

  /// What a sample of the rows shows: scores that cannot be probabilities, and columns that are no
  /// features.
  private func sampleLines(_ source: Source) async throws -> [Line] {
    let model = source.model
    var layout = source.layout(features: source.features, segments: [])
    layout.hasIdentifier = true
    let scanned = try await runtime.reader(source, dropsRepeats: false)
      .sample(rows: Self.sampleRows, layout)
    guard scanned.rows > 0 else {
      return [
        Line(
          level: .fail,
          subject: model.name,
          text: "\(source.predictions.name) has no rows: there is nothing to check yet"
        )
      ]
    }
    var lines: [Line] = []
    if let reason = scanned.scoreReason(column: model.predictions.score) {
      lines.append(Line(level: .fail, subject: model.name, text: reason))
    }
    lines += scanned.isolatedValues().map { feature, found in
      let (value, share) = (found.text, NumberText.percent(found.share))
      return Line(
        level: .warn,
        subject: model.name,
        text:
          "column \(feature): \(share) of the rows have \(value), apart from all other values; if "
          + "it stands for \"not known\", write missing: { \(feature): [\(value)] }"
      )
    }
    let binning = scanned.binning(BinMaker.choices(source))
    lines += binning.features.compactMap { feature in
      guard case .identifier(let identifier) = feature.kind else { return nil }
      return Line(
        level: .ok,
        subject: model.name,
        text: "column \(feature.name) is left out of drift: \(identifier.reason)"
      )
    }
    return lines
  }
}
