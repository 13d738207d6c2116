// SPDX-License-Identifier: Apache-2.0
package import Postgres
import Profiles

/// Brings the schema `plumbline` up to date.
///
/// Safe to run twice, and by several processes at once: a lock that the transaction holds lets one
/// in at a time, and what another has applied is not applied again.
package enum Migrator {
  /// A migration whose text is no longer the one that was applied.
  package struct ChangedMigration: Error, CustomStringConvertible {
    let name: String
    package var description: String {
      "the migration \(name) in the database is another one than this version's: the schema "
        + "plumbline was made by a different build. Use that build, or an empty schema"
    }
  }

  /// The migrations of this version, in order.
  package static var names: [String] {
    SQL.all.keys.filter { $0.first?.isNumber ?? false }.sorted()
  }

  /// Applies what is missing and returns the names of what was applied.
  package static func migrate(_ connection: Connection) async throws -> [String] {
    try await connection.withTransaction { connection in
      try await connection.execute(SQL.lock_migrations)
      try await becomeWriter(connection)
      try await connection.executeScript(SQL.begin_schema, name: "begin_schema")
      let applied = try await digests(connection)
      var added: [String] = []
      for name in names {
        let text = SQL.all[name] ?? ""
        let digest = String(ByteHash.of(text), radix: 16)
        if let known = applied[name] {
          guard known == digest else { throw ChangedMigration(name: name) }
          continue
        }
        try await connection.executeScript(text, name: name)
        try await connection.execute(
          SQL.record_migration,
          [.text(name), .text(digest)]
        )
        added.append(name)
      }
      return added
    }
  }

  /// Where `sql/roles.sql` was run, everything belongs to the writer, whoever migrates.
  private static func becomeWriter(_ connection: Connection) async throws {
    if try await connection.query(SQL.read_writer).only({ try $0.decode("is_writer") }) {
      try await connection.execute("set local role plumbline_writer", name: "set_role")
    }
  }

  private static func digests(_ connection: Connection) async throws -> [String: String] {
    let rows = try await connection.query(SQL.read_migrations)
    return Dictionary(
      uniqueKeysWithValues: try rows.map { (try $0.decode("name"), try $0.decode("digest")) }
    )
  }

  /// Returns the migrations that have not been applied; all of them where there is no schema.
  package static func missing(_ connection: Connection) async throws -> [String] {
    do {
      let applied = try await digests(connection)
      return names.filter { applied[$0] == nil }
    } catch let error as ServerError where error.isUndefinedTable || error.sqlState == "3F000" {
      return names
    }
  }
}
