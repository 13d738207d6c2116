// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Findings
import Foundation
package import Postgres
import Profiles
import Reports
package import Settings
import Store
import Synchronization
import YAMLSource

/// Watches models: everything that `check` and `report` do, put together.
package struct Monitor: Sendable {
  /// The version of this software, recorded with each cycle.
  package static let software = "plumbline 0.1.0"

  /// The server that we write to.
  private let dsn: String
  /// The server that the customers' tables are read from.
  private let readDSN: String
  let judge: Judge
  /// Who is told of alerts.
  let alerting: AlertingSettings
  /// Connections that read at the same time.
  private let streams: Int
  /// Seconds after which the server stops one of our statements.
  private let timeout: Int
  let persistence: Persistence
  let progress: ProgressReporter

  package init(
    dsn: String,
    readDSN: String? = nil,
    rules: [Rule],
    alerting: AlertingSettings = AlertingSettings(),
    streams: Int = 2,
    timeout: Int = 1800,
    persistence: Persistence = Persistence(patience: .seconds(60)),
    progress: ProgressReporter = ProgressReporter { _ in }
  ) {
    self.dsn = dsn
    self.readDSN = readDSN ?? dsn
    self.persistence = persistence
    judge = Judge(rules: rules)
    self.alerting = alerting
    self.streams = streams
    self.timeout = timeout
    self.progress = progress
  }

  /// Opens a connection of our own to the server.
  package func open() async throws -> Connection {
    try await Connection.open(dsn, timeout: timeout)
  }

  /// Opens a connection to the server that the customers' tables are read from.
  func openForReading() async throws -> Connection {
    try await Connection.open(readDSN, timeout: timeout)
  }

  /// Returns the moment as of which rows and outcomes can be read: `asOf`, or an earlier one where
  /// they are read from a replica that is behind.
  func readableMoment(_ asOf: Instant, _ primary: Connection) async throws -> Instant {
    guard readDSN != dsn else { return asOf }
    let known = try await Replica.knownUntil(try await openForReading(), primary: primary)
    return min(asOf, known ?? asOf)
  }

  /// Another process is at work on the model.
  package struct Busy: Error, CustomStringConvertible {
    let model: String
    package var description: String {
      "another run is checking '\(model)'; nothing was done. Try again when it has ended"
    }
  }

  /// The tables of ours are not there, or not all.
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

  /// Runs `body` as the only run at work on a model.
  ///
  /// The turn is the lock of a transaction of its own that reads and writes nothing. It keeps runs
  /// from doing the same work twice; that nothing is counted twice does not depend on it, since all
  /// writes refuse marks that have moved.
  ///
  /// - Throws: `Busy` when another run is at work on the model.
  func withTurn<Value: Sendable>(
    _ model: String,
    _ body: @Sendable (Connection) async throws -> Value
  ) async throws -> Value {
    try await persistence.run(
      onRetry: { error, seconds in
        progress.note("\(model): \(error); trying again in \(NumberText.text(seconds)) s")
      }
    ) { attempt in
      let turn = try await open()
      attempt.hasConnected = true
      try await requireSchema(turn)
      let done = Mutex<Value?>(nil)
      do {
        try await turn.withTransaction { turn in
          guard try await ModelStore(turn).takeTurn(model) else { throw Busy(model: model) }
          // The turn lasts as long as the work; the customers' tables must be cleaned up meanwhile.
          try await turn.releaseSnapshot()
          let value = try await body(try await open())
          done.withLock { $0 = value }
        }
      } catch {
        // What was done is done, even where the turn could not be given back in form.
        if let value = done.withLock({ $0 }) { return value }
        throw error
      }
      guard let value = done.withLock({ $0 }) else { preconditionFailure("the body has run") }
      return value
    }
  }

  /// Whether the schema is there and up to date.
  package func hasSchema() async throws -> Bool {
    try await Migrator.missing(try await open()).isEmpty
  }

  func requireSchema(_ connection: Connection) async throws {
    guard try await Migrator.missing(connection).isEmpty else { throw NotMigrated() }
  }

  /// Returns the source of a model as the database has it now.
  ///
  /// - Throws: `YAMLFaults` with all that does not fit.
  func source(_ model: ModelSettings, _ connection: Connection) async throws -> Source {
    let faults = YAMLValue.FaultList()
    let source = try await Source.resolve(model, connection, faults: faults)
    try faults.throwIfAny()
    guard let source else { throw YAMLFaults([]) }
    return source
  }

  func reader(_ source: Source, dropsRepeats: Bool) -> RowReader {
    RowReader(source, streams: streams, dropsRepeats: dropsRepeats, open: openForReading) {
      [progress] in
      progress.advance($0)
    }
  }
}

/// Tells whoever watches how far a long piece of work has come.
package struct ProgressReporter: Sendable {
  package enum Event: Sendable {
    /// Work begins; rows to expect, 0 when unknown.
    case begin(String, expectedRows: Int)
    /// So many more rows are done.
    case rows(Int)
    /// Something that whoever watches should know.
    case note(String)
    case end
  }

  private let receive: @Sendable (Event) -> Void

  package init(_ receive: @escaping @Sendable (Event) -> Void) { self.receive = receive }

  func begin(_ name: String, expectedRows: Int = 0) {
    receive(.begin(name, expectedRows: expectedRows))
  }

  func note(_ text: String) { receive(.note(text)) }

  func advance(_ rows: Int) { receive(.rows(rows)) }

  func end() { receive(.end) }
}
