// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
import Postgres
import Profiles
import Reports
package import Settings
import SourceTables
import Store

/// Shows alerts, and takes what operators decide about them.
package struct AlertService: Sendable {
  let runtime: Runtime
  private let rules: [Rule]

  package init(_ runtime: Runtime, rules: [Rule] = []) {
    self.runtime = runtime
    self.rules = rules
  }

  /// Returns a model's alerts as they stand, those included that are over but not forgotten.
  package func alerts(_ model: ModelSettings) async throws -> [StoredAlert] {
    let connection = try await runtime.openMigrated()
    return try await AlertStore(connection).alerts(model.name)
  }

  /// Returns what became of an alert, oldest first.
  package func transitions(of alert: Int) async throws -> [StoredTransition] {
    try await AlertStore(try await runtime.open()).transitions(alert)
  }

  /// The rule of a name; nil where there is none now.
  package func rule(_ name: String) -> Rule? { rules.first { $0.name == name } }

  /// Returns the SQL that shows the rows behind an alert.
  package func evidence(of alert: Alert, _ model: ModelSettings) async throws -> String {
    let connection = try await runtime.openForReading()
    let source = try await runtime.resolve(model)
    return try await source.rowsStatement(
      alert.newest.window,
      version: alert.key.version,
      segment: alert.key.segment,
      connection
    )
  }

  /// Silences alerts of a model, nil for all models, and returns the silence's number.
  package func silence(_ silence: Silence, _ model: ModelSettings?) async throws -> Int {
    let connection = try await runtime.openMigrated()
    var number: Int?
    if let model { number = try await ModelStore(connection).ensureModel(model.name) }
    return try await SilenceStore(connection).add(silence, model: number)
  }

  /// Ends a silence; false where none with this number holds.
  package func endSilence(_ number: Int) async throws -> Bool {
    let connection = try await runtime.openMigrated()
    return try await SilenceStore(connection).endSilence(number)
  }

  /// Returns the silences that hold or are to come.
  package func silences() async throws -> [Silence] {
    let connection = try await runtime.openMigrated()
    return try await SilenceStore(connection).silences()
  }

  /// Returns how the channels do that alerts are sent to.
  package func channels() async throws -> [ChannelHealth] {
    let connection = try await runtime.openMigrated()
    return try await Outbox(connection).channels()
  }

  /// Records that somebody has seen a firing alert; false where it does not fire.
  package func acknowledge(_ alert: Int, author: String, reason: String) async throws -> Bool {
    let connection = try await runtime.openMigrated()
    return try await SilenceStore(connection).acknowledge(alert, author: author, reason: reason)
  }
}

extension [StoredAlert] {
  /// How long an alert that is over is still shown.
  private static let shownAfterEnd = FixedDuration(days: 7)

  /// The alerts of a version as reports show them: the firing ones first, the most severe of them
  /// first.
  func reported(of version: String, asOf: Instant) -> [ReportedAlert] {
    filter {
      $0.alert.key.version == version && $0.alert.state != .inactive
        && ($0.alert.state != .resolved
          || asOf.advanced(by: -Self.shownAfterEnd) <= $0.alert.since)
    }.map { ReportedAlert($0) }.inOrder
  }
}
