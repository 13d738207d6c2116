// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Findings
import Postgres
import Profiles
package import Reports
package import Settings
package import Store
import YAMLSource

extension Monitor {
  /// Returns what a check saw, for alerts.
  func alertView(
    _ model: ModelSettings,
    _ reports: [ModelReport],
    _ activity: Activity,
    endingBy closed: Instant
  ) -> AlertView {
    var view = AlertView()
    let rules = Dictionary(
      judge.rules.map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first }
    )
    for kind in model.windows {
      let last = model.grid.lastWindow(kind, endingBy: closed)
      view.inUse[kind] = last.map(activity.versionsInUse) ?? []
    }
    for report in reports {
      for window in report.windows {
        view.add(
          window.judgements,
          rules,
          version: report.version,
          window.kind,
          window.range
        )
      }
    }
    return view
  }

  /// Moves a model's alerts by what a check saw, and returns what is to be recorded; nil where what is known of a later
  /// moment must not change.
  func moveAlerts(
    _ model: ModelSettings,
    _ reports: [ModelReport],
    _ activity: Activity,
    endingBy closed: Instant,
    number: Int,
    asOf: Instant,
    _ connection: Connection
  ) async throws -> AlertRecord? {
    let store = AlertStore(connection)
    let mark = try await store.mark(number)
    guard mark.asOf.map({ $0 <= asOf }) ?? true else { return nil }
    let known = try await store.alerts(model.name.value)
    var board = AlertBoard(known.map(\.alert))
    let view = alertView(model, reports, activity, endingBy: closed)
    return AlertRecord(
      revision: mark.revision,
      changes: board.update(view, judge.rules, model.grid, now: asOf),
      rules: judge.rules,
      known: known,
      telling: alerting.telling(model)
    )
  }

  /// Returns a model's alerts as they stand, those included that are over but not forgotten.
  package func alerts(_ model: ModelSettings) async throws -> [StoredAlert] {
    let connection = try await open()
    try await requireSchema(connection)
    return try await AlertStore(connection).alerts(model.name.value)
  }

  /// Returns what became of an alert, oldest first.
  package func transitions(of alert: Int) async throws -> [StoredTransition] {
    try await AlertStore(try await open()).transitions(alert)
  }

  /// The rule of a name; nil where there is none now.
  package func rule(_ name: String) -> Rule? { judge.rules.first { $0.name == name } }

  /// Returns the SQL that shows the rows behind an alert.
  package func evidence(of alert: Alert, _ model: ModelSettings) async throws -> String {
    let connection = try await openForReading()
    let source = try await source(model, connection)
    return try await source.rowsStatement(
      alert.newest.window,
      version: alert.key.version,
      segment: alert.key.segment,
      connection
    )
  }

  /// Silences alerts of a model, nil for all models, and returns the silence's number.
  package func silence(_ silence: Silence, _ model: ModelSettings?) async throws -> Int {
    let connection = try await open()
    try await requireSchema(connection)
    var number: Int?
    if let model { number = try await ModelStore(connection).ensureModel(model.name.value) }
    return try await SilenceStore(connection).add(silence, model: number)
  }

  /// Ends a silence; false where none with this number holds.
  package func endSilence(_ number: Int) async throws -> Bool {
    let connection = try await open()
    try await requireSchema(connection)
    return try await SilenceStore(connection).endSilence(number)
  }

  /// Returns the silences that hold or are to come.
  package func silences() async throws -> [Silence] {
    let connection = try await open()
    try await requireSchema(connection)
    return try await SilenceStore(connection).silences()
  }

  /// Returns how the channels do to which alerts are told.
  package func channels() async throws -> [ChannelHealth] {
    let connection = try await open()
    try await requireSchema(connection)
    return try await Outbox(connection).channels()
  }

  /// Notes that somebody has seen a firing alert; false where it does not fire.
  package func acknowledge(_ alert: Int, author: String, reason: String) async throws -> Bool {
    let connection = try await open()
    try await requireSchema(connection)
    return try await SilenceStore(connection).acknowledge(alert, author: author, reason: reason)
  }
}

extension [StoredAlert] {
  /// How long an alert that is over is still shown.
  private static let shownAfterEnd = FixedDuration(days: 7)

  /// The alerts of a version as reports show them: the gravest firing ones first.
  func notes(_ version: String, asOf: Instant) -> [AlertNote] {
    filter {
      $0.alert.key.version == version && $0.alert.state != .inactive
        && ($0.alert.state != .resolved
          || asOf.advanced(by: -Self.shownAfterEnd) <= $0.alert.since)
    }.map(AlertNote.init).inOrder
  }
}

extension [AlertNote] {
  /// The gravest firing ones first.
  package var inOrder: [AlertNote] {
    let states = ["firing", "pending", "no_data", "resolved"]
    return enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      let rank = { (note: AlertNote) in states.firstIndex(of: note.state) ?? states.count }
      if rank(a) != rank(b) { return rank(a) < rank(b) }
      if a.severity != b.severity { return a.severity > b.severity }
      return left.offset < right.offset
    }.map(\.element)
  }
}

extension AlertNote {
  package init(_ stored: StoredAlert) {
    self.init(stored.alert, number: stored.identifier)
    isSilenced = stored.isSilenced
    acknowledgedBy = stored.acknowledgedBy
  }

  init(_ alert: Alert, number: Int?) {
    self.init(
      number: number,
      rule: alert.key.rule,
      subject: alert.key.subject,
      segment: alert.key.segment,
      window: alert.key.window.description,
      severity: alert.severity,
      state: alert.state.rawValue,
      since: alert.since,
      reason: alert.reason
    )
  }
}
