// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
package import Retraining
import Statistics

/// The versions of models: champion, challengers and those that are over.
package struct VersionStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns a model's versions, in order of when they came to be known.
  package func versions(_ model: Int) async throws -> [ModelVersion] {
    let rows = try await connection.query(
      SQL.read_versions,
      [.int(model)]
    )
    return try rows.map { row in
      ModelVersion(
        try row.decode("model_version"),
        try row.decode("state"),
        since: try row.decode("since"),
        firstScored: try row.decode("first_scored"),
        job: try row.decode("job_id"),
        evaluations: try row.decode("evaluations"),
        reason: try row.decode("reason")
      )
    }
  }

  /// Returns the jobs that succeeded, oldest first.
  package func trained(_ model: Int) async throws -> [TrainedVersion] {
    let rows = try await connection.query(
      SQL.read_trained_versions,
      [.int(model), .text(JobState.succeeded.rawValue)]
    )
    return try rows.map { row in
      TrainedVersion(
        job: try row.decode("job_id"),
        madeAt: try row.decode("made_at"),
        name: try row.decode("new_version"),
        answer: try row.decode("answer", as: JSON<TrainingAnswer>?.self)?.value
      )
    }
  }

  /// Returns how far the registry and the versions were in step when it was last read; nil before
  /// that.
  package func registryCursor(_ model: Int) async throws -> RegistryMove.LastSeen? {
    let rows = try await connection.query(
      SQL.read_registry_cursor,
      [.int(model)]
    )
    return try rows.first { row in
      RegistryMove.LastSeen(there: try row.decode("champion"), ours: try row.decode("ours"))
    }
  }

  /// Stores how far the registry and the versions are in step now.
  package func storeRegistryCursor(
    _ model: Int,
    _ cursor: RegistryMove.LastSeen,
    asOf: Instant
  ) async throws {
    try await connection.execute(
      SQL.store_registry_cursor,
      [
        .int(model), .optional(cursor.there), .optional(cursor.ours), .timestamp(asOf.microseconds),
      ]
    )
  }

  /// Changes a model's versions as the only one who does.
  ///
  /// - Parameters:
  ///   - model: The model's number.
  ///   - expecting: The versions from which the change was computed; where they have changed
  ///     meanwhile, nothing is done. nil where `change` computes it from what it is given.
  ///   - author: Who decides: an operator, `gate`, or `log`.
  ///   - evidence: The gate's evidence, by version.
  ///   - asOf: The moment of the decision.
  ///   - change: The change.
  /// - Returns: Whether it was done.
  /// - Throws: `ServerError`, or what `change` throws; then nothing is stored.
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
      try await connection.execute(SQL.lock_job_queue, [.int(model)])
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
        try await store.store(
          version,
          model: model,
          author: author,
          evidence: evidence[version.name],
          asOf: asOf
        )
      }
      return true
    }
  }

  private func store(
    _ version: ModelVersion,
    model: Int,
    author: String,
    evidence: TrialEvidence?,
    asOf: Instant
  ) async throws {
    try await connection.execute(
      SQL.store_version,
      [
        .int(model), .text(version.name), .text(version.state.rawValue),
        .timestamp(version.since.microseconds), .optional(version.firstScored),
        .optional(version.job), .int(version.evaluations), .text(JobStore.storable(version.reason)),
      ]
    )
    try await connection.execute(
      SQL.insert_version_event,
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
  /// Where `version` is nil, those of all versions.
  package func events(_ model: Int, version: String? = nil) async throws -> [VersionEvent] {
    let rows = try await connection.query(
      SQL.read_version_events,
      [.int(model), .text(version ?? "")]
    )
    return try rows.map { row in
      VersionEvent(
        version: try row.decode("model_version"),
        state: try row.decode("state"),
        author: try row.decode("author"),
        reason: try row.decode("reason"),
        evidence: try row.decode("evidence", as: JSON<TrialEvidence>?.self)?.value,
        asOf: try row.decode("as_of")
      )
    }
  }

  /// Returns the last findings on the recall and calibration of a version's windows with final
  /// labels, oldest first.
  package func windows(_ model: String, version: String) async throws -> [VersionWindow] {
    let rows = try await connection.query(
      SQL.read_version_windows,
      [.text(model), .text(version)]
    )
    return try rows.map { row in
      VersionWindow(
        check: try row.decode("check_name"),
        figure: TrainingEffect.Figure(
          value: try row.decode("value"),
          interval: try row.decode("interval_lower", as: Double?.self).map {
            Interval(lower: $0, upper: try row.decode("interval_upper"))
          },
          window: try row.range("window_from", "window_to"),
          sample: try row.decode("sample")
        )
      )
    }
  }
}
