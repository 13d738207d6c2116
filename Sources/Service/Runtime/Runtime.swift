// SPDX-License-Identifier: Apache-2.0
package import Failpoints
import Foundation
package import Logging
package import Postgres
package import Profiles
package import Settings
import SourceTables
import Store
package import Integrations

/// What every service needs of the world: the database, the clock, the network, the environment,
/// the log.
package struct Runtime: Sendable {
  /// Where the database is, and how it is used.
  package struct Database: Sendable {
    /// The server that we write to.
    package var dsn: String
    /// The server that the customers' tables are read from; nil for the same one.
    package var readDSN: String?
    /// Connections that read at the same time.
    package var streams = 2
    /// Seconds after which the server stops one of our statements; 0 for no limit.
    package var statementTimeout = 1800

    package init(dsn: String, readDSN: String? = nil) {
      self.dsn = dsn
      self.readDSN = readDSN
    }
  }

  package var database: Database
  package var retry = RetryPolicy(patience: .seconds(60))
  package var clock: @Sendable () -> Instant = { Instant.now() }
  package var http = WebClient()
  /// The variables of the process, which hold secrets.
  package var environment: [String: String] = ProcessInfo.processInfo.environment
  package var log: Logger
  package var progress = ProgressReporter { _ in }
  /// Where in the configuration each of its values is written.
  package var sources = SourceMap()
  /// Empty but in tests.
  package var failpoints = Failpoints.none

  package init(
    _ database: Database,
    log: Logger = Logger(label: "plumbline") { _ in SwiftLogNoOpLogHandler() }
  ) {
    self.database = database
    self.log = log
  }

  /// Opens a connection of our own to the server.
  package func open() async throws -> Connection {
    try await Connection.open(database.dsn, timeout: database.statementTimeout)
  }

  /// Opens a connection of our own to a server whose schema is up to date.
  ///
  /// - Throws: `NotMigrated`.
  package func openMigrated() async throws -> Connection {
    let connection = try await open()
    try await requireSchema(connection)
    return connection
  }

  /// Opens a connection to the server that the customers' tables are read from.
  func openForReading() async throws -> Connection {
    try await Connection.open(
      database.readDSN ?? database.dsn,
      timeout: database.statementTimeout
    )
  }

  /// Returns the moment as of which rows and outcomes can be read: `asOf`, or an earlier one where
  /// they are read from a replica that is behind.
  func readableMoment(_ asOf: Instant, _ primary: Connection) async throws -> Instant {
    guard let readDSN = database.readDSN, readDSN != database.dsn else { return asOf }
    let known = try await Replica.knownUntil(try await openForReading(), primary: primary)
    return min(asOf, known ?? asOf)
  }

  func requireSchema(_ connection: Connection) async throws {
    guard try await Migrator.missing(connection).isEmpty else { throw NotMigrated() }
  }

  /// Returns the tables of a model as the database has them now.
  ///
  /// - Throws: `ConfigErrors` with all that does not fit.
  func resolve(_ model: ModelSettings) async throws -> Source {
    let connection = try await openForReading()
    return try await placing { try await Source.resolve(model, connection) }
  }

  /// Runs `body`, and says where in the files stands what its errors are about.
  func placing<Value>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch let errors as ConfigErrors {
      throw sources.placing(errors)
    }
  }

  func reader(_ source: Source, dropsRepeats: Bool) -> RowReader {
    RowReader(
      source,
      streams: database.streams,
      dropsRepeats: dropsRepeats,
      open: openForReading
    ) { [progress] in progress.advance($0) }
  }
}

extension Runtime {
  /// The log of what is done for a model, or for one of its versions.
  ///
  /// - Parameters:
  ///   - model: The model's name.
  ///   - version: The version's name.
  /// - Returns: A logger that adds them to each message.
  package func log(of model: String, version: String? = nil) -> Logger {
    var log = log
    log[metadataKey: "model"] = "\(model)"
    if let version { log[metadataKey: "version"] = "\(version)" }
    return log
  }

  /// Runs `body`, and again where a server, or the way to it, made it fail.
  ///
  /// - Parameters:
  ///   - model: The model that is worked on, for the log.
  ///   - body: Is called with what is known of the attempts so far.
  /// - Returns: What `body` returns.
  /// - Throws: The last error.
  func retrying<Value>(
    _ model: String,
    _ body: (RetryPolicy.Attempt) async throws -> Value
  ) async throws -> Value {
    try await retry.run(
      onRetry: { error, seconds in
        log(of: model).warning("\(error); trying again", metadata: ["seconds": "\(seconds)"])
      },
      body
    )
  }
}

/// The schema plumbline is missing or not up to date.
package struct NotMigrated: Error, CustomStringConvertible {
  package var description: String {
    "the schema plumbline is not up to date in this database: run 'plumbline migrate'"
  }
}

/// Nothing has been checked yet.
package struct NeverChecked: Error, CustomStringConvertible {
  let model: String

  package init(_ model: String) { self.model = model }

  package var description: String {
    "'\(model)' has not been checked yet: run 'plumbline check'"
  }
}
