// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// How far the server that rows are read from knows what was written on the one that is written to.
package enum Replica {
  /// Returns the moment up to which a server knows all that was committed; nil where it is no
  /// replica, or a replica that has everything.
  ///
  /// Waits for the replica to reach what the primary had written at the start, at most `patience`.
  ///
  /// `primary` is the server that is written to.
  package static func knownUntil(
    _ replica: Connection,
    primary: Connection,
    patience: Duration = .seconds(10)
  ) async throws -> Instant? {
    guard try await state(replica, nil).isReplica else { return nil }
    let position = try await position(primary)
    let start = ContinuousClock.now
    while true {
      let state = try await state(replica, position)
      if state.hasReached { return nil }
      // A replica that has replayed nothing since its start knows nothing for certain.
      if ContinuousClock.now - start > patience { return state.until ?? .distantPast }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// How far a primary has written.
  package static func position(_ primary: Connection) async throws -> String {
    try await primary.query(SourceSQL.read_position).only { try $0.decode("position") }
  }

  private static func state(
    _ connection: Connection,
    _ position: String?
  ) async throws -> (isReplica: Bool, hasReached: Bool, until: Instant?) {
    let rows = try await connection.query(
      SourceSQL.read_replica,
      [.optional(position)]
    )
    return try rows.only { row in
      (
        try row.decode("is_replica"), try row.decode("has_reached"),
        try row.decode("replayed_until", as: Timestamp?.self).map { Instant($0) }
      )
    }
  }
}
