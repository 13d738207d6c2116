// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Reads one model's settings.
struct ModelReader {
  let calendar: ZonedCalendar
  let experiments: [ExperimentSettings]

  func model(_ value: YAMLValue) -> ModelSettings? {
    guard let root = value.mapping(known: Self.keys) else { return nil }
    let name = root.required("name")?.text()
    let predictions = root.required("predictions").flatMap(self.predictions)
    let outcomes = root.optional("outcomes").map(self.outcomes)
    let bucket = root.optional("bucket")?.text() ?? "1d"
    let grid = BucketGrid(bucket: bucket, calendar: calendar)
    if grid == nil {
      root.optional("bucket")?.addError("expected 1d, or hours that divide a day such as 1h or 6h")
    }
    let windows =
      root.optional("windows").map(self.windows) ?? [.sliding(days: 7), .sliding(days: 28)]
    let lateness = duration(root, "lateness", example: "2h") ?? .zero
    let revisit = duration(root, "revisit", example: "35d") ?? Self.days(35)
    let reference =
      root.required("reference").map { self.reference($0, grid: grid) } ?? .ranges([])
    let decision = root.optional("decision").map(self.decision) ?? .thresholds([(nil, 0.5)])
    let identifiers = root.optional("identifiers")?.texts()
    let segments = root.optional("segments")?.texts() ?? []
    let features = root.optional("features").map(self.features) ?? .all(excluding: [])
    root.optional("segments")?.noteRepeats(segments)
    root.optional("identifiers")?.noteRepeats(identifiers ?? [])
    if case .columns(let names)? = features { root.optional("features")?.noteRepeats(names) }
    checkKeys(root, of: outcomes ?? nil, predictions)
    let treatment = root.optional("treatment").flatMap {
      self.treatment($0, horizon: (outcomes ?? nil)?.horizon)
    }
    if treatment != nil, let predictions, predictions.entity == nil {
      root.optional("treatment")?.member("campaign")?.addError(
        "'treatment' needs 'entity' among the predictions' keys: customers are assigned, not "
          + "predictions"
      )
    }
    let needed = Self.neededProfiles(
      windows,
      horizon: (outcomes ?? nil)?.horizon,
      lateness: lateness,
      revisit: revisit
    )
    let retention = retention(root.optional("retention"), needed: needed)
    guard let name, let predictions, let grid, let decision, let features, let retention else {
      return nil
    }
    return ModelSettings(
      name: name,
      predictions: predictions,
      customers: root.optional("customers").flatMap { self.customers($0, of: predictions) },
      outcomes: outcomes ?? nil,
      treatment: treatment,
      decision: decision,
      features: features,
      identifiers: identifiers,
      missing: root.optional("missing").map { missing($0, features) } ?? MissingCodes(),
      segments: segments,
      reference: reference,
      grid: grid,
      bucket: bucket,
      windows: windows,
      lateness: lateness,
      revisit: revisit,
      retention: retention,
      retraining: root.optional("retraining").flatMap(RetrainingReader().retraining),
      falseAlertsPerMonth: root.optional("false_alerts_per_month").flatMap {
        $0.number(in: 1e-6...1000, "false alerts a month that are accepted, such as 0.1")
      }
    )
  }

  private func duration(_ root: YAMLMapping, _ key: String, example: String) -> FixedDuration? {
    root.optional(key)?.parsed("a duration such as \(example)") { FixedDuration($0) }
  }

  private static func days(_ count: Int64) -> FixedDuration {
    FixedDuration(microseconds: count * 86_400_000_000)
  }

  /// How long profiles are needed: until the labels of the longest window have come and are no
  /// longer read again.
  private static func neededProfiles(
    _ windows: [WindowSpec],
    horizon: FixedDuration?,
    lateness: FixedDuration,
    revisit: FixedDuration
  ) -> FixedDuration {
    let longest = windows.map(\.reachDays).max() ?? 0
    let parts = [days(Int64(longest)), horizon ?? .zero, lateness, revisit]
    return FixedDuration(microseconds: parts.reduce(0) { $0 + $1.microseconds })
  }

  /// Reads how long results are kept; three years unless it says otherwise, so that a season can be
  /// compared with those before.
  private func retention(_ value: YAMLValue?, needed: FixedDuration) -> Retention? {
    var retention = Retention(profiles: max(Self.days(1100), needed), findings: Self.days(1100))
    guard let value else { return retention }
    guard let root = value.mapping(known: Self.retentionKeys) else { return nil }
    if let item = root.optional("profiles"),
      let profiles = item.parsed("a duration such as 1100d", { FixedDuration($0) })
    {
      if profiles < needed {
        item.addError(
          "profiles must be kept for at least \(needed): until the newest whole window can be reported, the "
            + "horizon, 'lateness' and 'revisit' together"
        )
      }
      retention.profiles = profiles
    }
    if let item = root.optional("findings"),
      let findings = item.parsed("a duration such as 1100d", { FixedDuration($0) })
    {
      if findings < Self.days(1) { item.addError("findings must be kept for at least 1d") }
      retention.findings = findings
    }
    return retention
  }

  private func predictions(_ value: YAMLValue) -> PredictionSource? {
    guard let root = value.mapping(known: Self.predictionKeys) else { return nil }
    let table = root.required("table")?.text()
    let id = root.required("id")?.text()
    let time = root.required("time")?.text()
    let score = root.required("score")?.text()
    var version = VersionSource.constant("unversioned")
    if let given = root.optional("version"), let text = given.text() {
      version = given.isQuoted ? .constant(Self.unquoted(text)) : .column(text)
    }
    guard let table, let id, let time, let score else { return nil }
    return PredictionSource(
      table: table,
      id: id,
      time: time,
      score: score,
      version: version,
      entity: root.optional("entity")?.text(),
      condition: root.optional("where")?.text()
    )
  }

  /// A constant may carry SQL's quotes inside YAML's.
  private static func unquoted(_ text: String) -> String {
    text.count >= 2 && text.hasPrefix("'") && text.hasSuffix("'")
      ? String(text.dropFirst().dropLast()) : text
  }

  private func outcomes(_ value: YAMLValue) -> OutcomeSource? {
    guard let root = value.mapping(known: Self.outcomeKeys) else { return nil }
    let table = root.required("table")?.text()
    let time = root.required("time")?.text()
    let horizon = root.required("horizon")?.parsed("a duration such as 90d") { FixedDuration($0) }
    let followUp = root.optional("follow_up").map { value in
      value.parsed("a duration such as 30d") { FixedDuration($0) }
    }
    if let followUp = followUp ?? nil, let horizon {
      if followUp > horizon {
        root.optional("follow_up")?.addError("'follow_up' is at most the horizon, \(horizon)")
      } else if followUp < .day {
        root.optional("follow_up")?.addError("'follow_up' is at least a day")
      }
    }
    let absence = root.optional("absent").map { $0.choice("value", OutcomeSource.Absence.self) }
    let isFinal = root.optional("final").map { $0.parsed("true or false") { Bool($0) } }
    let key: OutcomeSource.Key?
    switch (root.optional("prediction")?.text(), root.optional("entity")?.text()) {
    case (let prediction?, nil): key = .prediction(prediction)
    case (nil, let entity?): key = .entity(entity)
    case (nil, nil):
      value.addError("give 'prediction' (the predictions' id) or 'entity' (the customer)")
      key = nil
    case (_?, _?):
      value.addError("give 'prediction' or 'entity', not both")
      key = nil
    }
    guard let table, let time, let horizon, let key else { return nil }
    return OutcomeSource(
      table: table,
      key: key,
      time: time,
      label: root.optional("label")?.text(),
      horizon: horizon,
      absence: (absence ?? nil) ?? .negative,
      isNegativeFinal: (isFinal ?? nil) ?? false,
      followUp: followUp ?? nil
    )
  }

  private func decision(_ value: YAMLValue) -> Decision? {
    guard let root = value.mapping(known: Self.decisionKeys) else { return nil }
    if root.memberCount != 1 {
      value.addError("give one of 'threshold', 'thresholds', 'column' and 'top'")
      return nil
    }
    if let threshold = root.optional("threshold") {
      return threshold.number(in: 0...1, "a probability in 0..1").map { .thresholds([(nil, $0)]) }
    }
    if let dated = root.optional("thresholds") { return thresholds(dated) }
    if let column = root.optional("column") { return column.text().map(Decision.column) }
    return root.required("top")?.number(in: 1e-6...1, "a share such as 5%").map(Decision.top)
  }

  private func thresholds(_ value: YAMLValue) -> Decision? {
    let dated = value.list().compactMap { item -> (from: Instant?, value: Double)? in
      guard let root = item.mapping(known: Self.thresholdKeys) else { return nil }
      let from = root.optional("from").map(instant)
      let threshold = root.required("threshold")?.number(in: 0...1, "a probability in 0..1")
      if let from, from == nil { return nil }
      return threshold.map { (from ?? nil, $0) }
    }
    guard !dated.isEmpty else { return nil }
    for (earlier, later) in zip(dated, dated.dropFirst())
    where later.from == nil || (earlier.from.map { $0 >= later.from ?? $0 } ?? false) {
      value.addError("thresholds after the first need 'from' dates in ascending order")
      return nil
    }
    return .thresholds(dated)
  }

  private func checkKeys(
    _ root: YAMLMapping,
    of outcomes: OutcomeSource?,
    _ predictions: PredictionSource?
  ) {
    guard case .entity(_)? = outcomes?.key, let predictions, predictions.entity == nil else {
      return
    }
    root.optional("outcomes")?.addError(
      "outcomes by 'entity' need 'entity' among the predictions' keys too"
    )
  }

  private func features(_ value: YAMLValue) -> FeatureChoice? {
    if value.isMapping {
      guard let root = value.mapping(known: Self.featureKeys) else { return nil }
      if root.memberCount > 1 { value.addError("give 'exclude' or 'json', not both") }
      if let column = root.optional("json") { return column.text().map(FeatureChoice.json) }
      let excluded = root.required("exclude")?.texts()
      return excluded.map { .all(excluding: $0) }
    }
    if value.isScalar, value.text() == "all" { return .all(excluding: []) }
    return .columns(value.texts())
  }

  /// A list holds for all features, a mapping for its columns.
  private func missing(_ value: YAMLValue, _ features: FeatureChoice?) -> MissingCodes {
    if value.isMapping {
      let columns = value.entries().map { ($0.key, $0.value.texts()) }
      return MissingCodes(byColumn: Dictionary(columns) { first, _ in first })
    }
    if case .json? = features {
      value.addError("with 'json' name the members: missing: { tenure: [-1] }")
    }
    return MissingCodes(everywhere: value.texts())
  }

  private func windows(_ value: YAMLValue) -> [WindowSpec] {
    value.list().compactMap { item in
      item.parsed("a window such as 7d, 28d, 1w or 1mo") { WindowSpec($0) }
    }
  }

  func instant(_ value: YAMLValue) -> Instant? {
    value.parsed("a date or moment such as 2026-01-31") { calendar.instant($0) }
  }
}
