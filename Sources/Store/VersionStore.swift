// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles
package import Retraining
import Statistics

/// Something that was decided about a version.
package struct VersionEvent: Sendable {
  package let version: String
  package let state: String
  package let author: String
  package let reason: String
  /// What the gate had seen; nil where it was not asked.
  package let evidence: TrialEvidence?
  /// The moment of the check, or of a person's decision.
  package let asOf: Instant
}

/// What was last said of one window of a version.
package struct VersionWindow: Sendable {
  /// `recall` or `calibration-level`.
  package let check: String
  package let figure: TrainingEffect.Figure
}

/// The versions of models: which are in charge, on trial, or over.
package struct VersionStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns a model's versions, in order of when they came to be known.
  package func versions(_ model: Int) async throws -> [ModelVersion] {
    let rows = try await connection.query(
      SQL.read_versions,
      name: "read_versions",
      [.int(model)]
    )
    return (0..<rows.rowCount).map { row in
      ModelVersion(
        rows.text(row, 0),
        ModelVersion.State(rawValue: rows.text(row, 1)) ?? .retired,
        since: rows.instant(row, 2),
        firstScored: rows.timestamp(row, 3).map(Instant.init(microseconds:)),
        job: rows.isNull(row, 4) ? nil : rows.int(row, 4),
        looks: rows.int(row, 5),
        reason: rows.text(row, 6)
      )
    }
  }

  /// Returns the jobs that succeeded, oldest first.
  package func trained(_ model: Int) async throws -> [TrainedVersion] {
    let rows = try await connection.query(
      SQL.read_trained_versions,
      name: "read_trained_versions",
      [.int(model)]
    )
    return try (0..<rows.rowCount).map {
      TrainedVersion(
        job: rows.int($0, 0),
        madeAt: rows.instant($0, 1),
        name: rows.optionalText($0, 2),
        answer: rows.isNull($0, 3)
          ? nil
          : try JSONDecoder().decode(TrainingAnswer.self, from: Data(rows.json($0, 3).utf8))
      )
    }
  }

  /// Returns what was in charge in the registry when it was last looked at; nil before that.
  package func registryMark(_ model: Int) async throws -> RegistryMove.Mark? {
    let rows = try await connection.query(
      SQL.read_registry_mark,
      name: "read_registry_mark",
      [.int(model)]
    )
    guard rows.rowCount == 1 else { return nil }
    return RegistryMove.Mark(there: rows.optionalText(0, 0), ours: rows.optionalText(0, 1))
  }

  /// Notes what is in charge in the registry now.
  package func markRegistry(
    _ model: Int,
    _ mark: RegistryMove.Mark,
    asOf: Instant
  ) async throws {
    try await connection.execute(
      SQL.store_registry_mark,
      name: "store_registry_mark",
      [
        .int(model), .optional(mark.there), .optional(mark.ours), .timestamp(asOf.microseconds),
      ]
    )
  }

  /// Changes a model's versions as the only one who does.
  ///
  /// - `expecting`: The versions from which the change was worked out; where they have changed meanwhile, nothing is
  ///   done. nil where `change` works it out from what it is given.
  /// - `author`: Who decides: a person, `gate`, or `log`.
  /// - `evidence`: What the gate had seen, by version.
  /// - Returns: Whether it was done.
  @discardableResult
  package func change(
    _ model: Int,
    expecting: [ModelVersion]? = nil,
    author: String,
    evidence: [String: TrialEvidence] = [:],
    asOf: Instant,
    _ change: @Sendable (inout VersionRoster) throws -> Void
  ) async throws -> Bool {
    try await connection.withTransaction { connection in
      try await connection.execute(SQL.lock_gate, name: "lock_gate", [.int(model)])
      let store = VersionStore(connection)
      let known = try await store.versions(model)
      let isInOrder = { (left: ModelVersion, right: ModelVersion) in left.name < right.name }
      if let expecting, expecting.sorted(by: isInOrder) != known.sorted(by: isInOrder) {
        return false
      }
      var roster = VersionRoster(known)
      try change(&roster)
      let changed = roster.versions.filter { roster.changed.contains($0.name) }
      // One leaves its place before another takes it.
      for version in changed.sorted(by: { $0.state != .champion && $1.state == .champion }) {
        try await store.store(version, model, author: author, evidence[version.name], asOf: asOf)
      }
      return true
    }
  }

  private func store(
    _ version: ModelVersion,
    _ model: Int,
    author: String,
    _ evidence: TrialEvidence?,
    asOf: Instant
  ) async throws {
    try await connection.execute(
      SQL.store_version,
      name: "store_version",
      [
        .int(model), .text(version.name), .text(version.state.rawValue),
        .timestamp(version.since.microseconds), .optional(version.firstScored),
        .optional(version.job), .int(version.looks), .text(JobStore.storable(version.reason)),
      ]
    )
    try await connection.execute(
      SQL.insert_version_event,
      name: "insert_version_event",
      [
        .int(model), .text(version.name), .text(version.state.rawValue), .text(author),
        .text(JobStore.storable(version.reason)),
        try evidence.map { .json(try JobStore.json($0)) } ?? .null,
        .timestamp(asOf.microseconds),
      ]
    )
  }

  /// Returns what was decided, oldest first.
  ///
  /// - `version`: nil for all.
  package func events(_ model: Int, version: String? = nil) async throws -> [VersionEvent] {
    let rows = try await connection.query(
      SQL.read_version_events,
      name: "read_version_events",
      [.int(model), .text(version ?? "")]
    )
    return try (0..<rows.rowCount).map { row in
      VersionEvent(
        version: rows.text(row, 0),
        state: rows.text(row, 1),
        author: rows.text(row, 2),
        reason: rows.text(row, 3),
        evidence: rows.isNull(row, 4)
          ? nil
          : try JSONDecoder().decode(TrialEvidence.self, from: Data(rows.json(row, 4).utf8)),
        asOf: rows.instant(row, 5)
      )
    }
  }

  /// Returns what was last said of the recall and calibration of a version's windows with final labels, oldest first.
  package func windows(_ model: String, version: String) async throws -> [VersionWindow] {
    let rows = try await connection.query(
      SQL.read_version_windows,
      name: "read_version_windows",
      [.text(model), .text(version)]
    )
    return (0..<rows.rowCount).compactMap { row in
      guard let range = TimeRange(from: rows.instant(row, 2), to: rows.instant(row, 3)),
        let value = rows.double(row, 4)
      else { return nil }
      var interval: Interval?
      if let lower = rows.double(row, 5), let upper = rows.double(row, 6) {
        interval = Interval(lower: lower, upper: upper)
      }
      return VersionWindow(
        check: rows.text(row, 0),
        figure: TrainingEffect.Figure(
          value: value,
          interval: interval,
          window: range,
          sample: rows.int(row, 7)
        )
      )
    }
  }
}
