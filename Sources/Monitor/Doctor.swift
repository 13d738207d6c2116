// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
package import Profiles
package import Settings
import Store
import YAMLSource

/// Looks whether everything that a check needs is there, and says what to mend.
package struct Doctor: Sendable {
  /// One thing looked at.
  package struct Line: Sendable, Hashable {
    package enum State: String, Sendable { case good, attention, broken }

    package let state: State
    package let subject: String
    package let text: String
  }

  private let monitor: Monitor

  package init(_ monitor: Monitor) { self.monitor = monitor }

  /// Returns what was found, the server first, then model by model; stops at what makes the rest
  /// impossible.
  package func examine(_ settings: Settings, now: Instant) async -> [Line] {
    let connection: Connection
    do {
      connection = try await monitor.open()
    } catch {
      return [Line(state: .broken, subject: "connection", text: "\(error)")]
    }
    var lines: [Line] = []
    do {
      lines += try await server(connection, now: now)
      for model in settings.models { lines += try await self.model(model, connection, now: now) }
    } catch {
      lines.append(Line(state: .broken, subject: "database", text: "\(error)"))
    }
    return lines
  }

  private func server(_ connection: Connection, now: Instant) async throws -> [Line] {
    let rows = try await connection.query(
      ServerFacts.sql,
      name: ServerFacts.name
    )
    let facts = ServerFacts(rows)
    var lines = [
      Line(
        state: facts.versionNumber >= 140_000 && !facts.isReplica ? .good : .attention,
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
        state: skew < 5 ? .good : .attention,
        subject: "clock",
        text: skew < 5
          ? "agrees with the server's"
          : "differs from the server's by \(Int(skew)) s: set one of them right"
      )
    )
    let missing = try await Migrator.missing(connection)
    lines.append(
      Line(
        state: missing.isEmpty ? .good : .broken,
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
    let name = model.name.value
    let faults = YAMLValue.FaultList()
    guard let source = try await Source.resolve(model, connection, faults: faults) else {
      return faults.faults.map { Line(state: .broken, subject: name, text: $0.description) }
    }
    var lines = [
      Line(
        state: .good,
        subject: name,
        text: "\(source.predictions.name): about \(Int(source.predictions.estimatedRows)) rows, "
          + "\(source.features.count) feature columns"
      )
    ]
    lines += source.warnings.map {
      Line(state: .attention, subject: name, text: $0.message)
    }
    let counts = try await monitor.reader(source, dropsRepeats: false)
      .sourceCounts(predictions: nil, outcomes: nil, now: now)
    let odd = [
      (counts.repeats, "rows repeat an earlier id"), (counts.withoutTime, "rows have no time"),
      (counts.inFuture, "predictions are later than now"),
      (counts.orphans, "outcomes have no prediction"),
    ]
    lines += odd.filter { $0.0 > 0 }.map {
      Line(state: .attention, subject: name, text: "\($0.0) \($0.1)")
    }
    if let lag = try await LabelLag.read(source, connection), let outcomes = model.outcomes {
      let isLate = Double(lag.late) > outcomes.horizon.days
      lines.append(
        Line(
          state: isLate ? .attention : .good,
          subject: name,
          text: "outcomes arrive \(lag.median) days after the prediction (median), 90 % within "
            + "\(lag.late) days; horizon \(outcomes.horizon)"
            + (isLate ? ", which leaves the later ones out: make it longer" : "")
        )
      )
    }
    return lines
  }
}
