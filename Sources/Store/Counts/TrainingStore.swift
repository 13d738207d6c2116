// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// Reads and writes what training rows look like.
package struct TrainingStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning

  package init(_ connection: Connection, _ binning: StoredBinning) {
    self.connection = connection
    stored = binning
  }

  package func profiles() async throws -> TrainingProfiles {
    let rows = try await connection.query(
      SQL.read_training_profiles,
      [.int(stored.identifier)]
    )
    var profiles: TrainingProfiles = [:]
    try rows.forEach { row in
      let segment = try row.segment()
      profiles[try row.decode("model_version"), default: [:]][segment] =
        try row.profile(binCount: stored.binning.binCount)
    }
    return profiles
  }

  package func store(_ profiles: TrainingProfiles) async throws {
    let identifier = stored.identifier
    try await connection.withTransaction { connection in
      for (version, segments) in profiles {
        for (segment, profile) in segments {
          try await connection.execute(
            SQL.store_training_profile,
            [
              .int(identifier), .text(version), .text(segment ?? ""), .int(profile.rows),
              .bytes(CountCoding.encode(profile.counts)), try .outOfRangeSums(of: profile),
            ]
          )
        }
      }
    }
  }
}
