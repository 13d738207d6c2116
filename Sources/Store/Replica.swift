// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// How far the server that rows are read from knows what was written on the one that is written to.
package enum Replica {
  /// Returns the moment up to which a server knows all that was committed; nil where it is no replica,
  /// or a replica that has everything.
  ///
  /// Waits for the replica to reach what the primary had written at the start, at most `patience`.
  ///
  /// - `primary`: The server that is written to.
  package static func knownUntil(
    _ replica: Connection,
    primary: Connection,
    patience: Duration = .seconds(10)
  ) async throws -> Instant? {
    guard try await state(replica, nil).isReplica else { return nil }
    let rows = try await primary.query(SQL.read_position, name: "read_position")
    let position = rows.text(0, 0)
    let start = ContinuousClock.now
    while true {
      let state = try await state(replica, position)
      if state.hasReached { return nil }
      // A replica that has replayed nothing since its start knows nothing for certain.
      if ContinuousClock.now - start > patience { return state.until ?? .distantPast }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private static func state(
    _ connection: Connection,
    _ position: String?
  ) async throws -> (isReplica: Bool, hasReached: Bool, until: Instant?) {
    let rows = try await connection.query(
      SQL.read_replica,
      name: "read_replica",
      [.optional(position)]
    )
    return (
      rows.bool(0, 0), rows.bool(0, 1), rows.timestamp(0, 2).map(Instant.init(microseconds:))
    )
  }
}
