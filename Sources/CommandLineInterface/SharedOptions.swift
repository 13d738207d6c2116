// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Failpoints
import Foundation
import Logging
import Service
import Profiles
import Settings

/// Options that most commands have.
struct SharedOptions: ParsableArguments {
  @Option(name: .long, help: "The configuration file.")
  var config = "plumbline.yaml"

  @Option(
    name: .long,
    help:
      "Any libpq connection string, URI or service; else PLUMBLINE_DSN, else libpq's own variables."
  )
  var dsn: String?

  @Option(
    name: .long,
    help: "Where rows are read from if not from --dsn, such as a replica; else PLUMBLINE_READ_DSN."
  )
  var readDsn: String?

  @Option(name: .long, help: "Connections that read at the same time.")
  var streams = 2

  @Option(name: .long, help: "Seconds after which the server stops one of our statements.")
  var statementTimeout = 1800

  @Option(
    name: .long,
    help: "Seconds in which a lost connection or a restarting server is tried again."
  )
  var retryFor = 60

  func validate() throws {
    guard (1...16).contains(streams) else {
      throw ValidationError("--streams takes a number from 1 to 16")
    }
    guard retryFor >= 0 else { throw ValidationError("--retry-for takes seconds, 0 for never") }
    guard statementTimeout >= 0 else {
      throw ValidationError("--statement-timeout takes seconds, 0 for no limit")
    }
  }

  var connectionString: String {
    dsn ?? ProcessInfo.processInfo.environment["PLUMBLINE_DSN"] ?? ""
  }

  /// The settings, and where each of them is written.
  func configuration() throws -> (settings: Settings, sources: SourceMap) {
    try SettingsFile.read(path: config)
  }

  func settings() throws -> Settings { try Self.settings(config) }

  static func settings(_ path: String) throws -> Settings {
    try SettingsFile.read(path: path).settings
  }

  /// What services need of the world, as these options say.
  ///
  /// - Parameter sources: Where the configuration is written, for errors about it.
  /// - Returns: The runtime of the command.
  func runtime(_ sources: SourceMap = SourceMap()) -> Runtime {
    let environment = ProcessInfo.processInfo.environment
    var database = Runtime.Database(
      dsn: connectionString,
      readDSN: readDsn ?? environment["PLUMBLINE_READ_DSN"]
    )
    database.streams = streams
    database.statementTimeout = statementTimeout
    var runtime = Runtime(database, log: Logger(label: "plumbline") { _ in TerminalLogHandler() })
    runtime.retry = RetryPolicy(patience: .seconds(retryFor))
    runtime.environment = environment
    runtime.sources = sources
    runtime.progress = Terminal.progressReporter()
    runtime.failpoints = Launch.failpoints
    return runtime
  }

  /// The one model that is meant: the named one, else the only one there is.
  func model(_ name: String?, in settings: Settings) throws -> ModelSettings {
    let models = try models(name, in: settings)
    guard let model = models.first, models.count == 1 else {
      let names = models.map(\.name).sorted().joined(separator: ", ")
      throw ValidationError("name the model with --model: there are \(names)")
    }
    return model
  }

  /// The models to work on: all, or the one named.
  func models(_ name: String?, in settings: Settings) throws -> [ModelSettings] {
    guard let name else { return settings.models }
    let names = settings.models.map(\.name)
    guard let model = settings.models.first(where: { $0.name == name }) else {
      throw ValidationError(
        "there is no model '\(name)' in \(config)"
          + Spelling.suggestion(for: name, among: names)
      )
    }
    return [model]
  }
}

/// A moment on the command line.
struct MomentArgument: ExpressibleByArgument {
  let text: String

  init?(argument: String) {
    guard Instant(argument) != nil else { return nil }
    text = argument
  }

  /// The moment; a date alone is the start of that day in the calendar's zone.
  func instant(_ calendar: ZonedCalendar) -> Instant {
    calendar.instant(text) ?? Instant(microseconds: 0)
  }
}
