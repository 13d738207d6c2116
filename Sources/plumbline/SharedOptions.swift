// SPDX-License-Identifier: Apache-2.0
import Alerting
import ArgumentParser
import Foundation
import Monitor
import Profiles
import Settings
import YAMLSource

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

  func settings() throws -> Settings { try Self.settings(config) }

  static func settings(_ path: String) throws -> Settings { try SettingsFile.read(path: path) }

  /// A monitor that judges by the rules of a configuration and tells who is to be told.
  func monitor(_ settings: Settings) throws -> Monitor {
    monitor(try RuleSet.read(settings.rules), settings.alerting)
  }

  private func monitor(_ rules: [Rule], _ alerting: AlertingSettings) -> Monitor {
    Monitor(
      dsn: connectionString,
      readDSN: readDsn ?? ProcessInfo.processInfo.environment["PLUMBLINE_READ_DSN"],
      rules: rules,
      alerting: alerting,
      streams: streams,
      timeout: statementTimeout,
      persistence: Persistence(patience: .seconds(retryFor)),
      progress: Terminal.progressReporter()
    )
  }

  /// A monitor without rules, for commands that judge nothing.
  func monitor() -> Monitor { monitor([], AlertingSettings()) }

  /// The models to work on: all, or the one named.
  func models(_ name: String?, in settings: Settings) throws -> [ModelSettings] {
    guard let name else { return settings.models }
    let names = settings.models.map(\.name.value)
    guard let model = settings.models.first(where: { $0.name.value == name }) else {
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
