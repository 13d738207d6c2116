// SPDX-License-Identifier: Apache-2.0
import Postgres
import Store

/// Makes and updates the schema plumbline.
package struct MigrationService: Sendable {
  private let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

  /// Applies what is missing and returns the names of what was applied.
  package func migrate() async throws -> [String] {
    try await Migrator.migrate(try await runtime.open())
  }

  /// Returns the migrations that have not been applied; all of them where there is no schema.
  package func missing() async throws -> [String] {
    try await Migrator.missing(try await runtime.open())
  }
}
