// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What `plumbline.yaml` says.
package struct Settings: Sendable {
  package var calendar: ZonedCalendar
  package var models: [ModelSettings]
  package var experiments: [ExperimentSettings]
  package var alerting: AlertingSettings
  /// Rule files and folders, relative to the configuration; nil for the bundled rules.
  package var rules: [String]?
}

/// What to watch of one model.
package struct ModelSettings: Sendable {
  package var name: String
  package var predictions: PredictionSource
  /// Who should be scored; nil where that is not known.
  package var customers: CustomerSource?
  package var outcomes: OutcomeSource?
  /// The campaign that acts on the predictions; nil where none is named.
  package var treatment: Treatment?
  package var decision: Decision
  package var features: FeatureChoice
  /// Declared identifier columns; nil leaves it to recognition.
  package var identifiers: [String]?
  /// Values that stand for "not known".
  package var missing: MissingCodes
  package var segments: [String]
  package var reference: ReferenceSource
  package var grid: BucketGrid
  package var bucket: String
  package var windows: [WindowSpec]
  /// How long after its end a bucket closes.
  package var lateness: FixedDuration
  /// How far back a check compares rows and outcomes that were added, changed or removed.
  package var revisit: FixedDuration
  package var retention: Retention
  /// Nil where nothing is trained.
  package var retraining: RetrainingSettings?
  /// False alerts of drift a month that are accepted.
  package var falseAlertsPerMonth: Double?
}

/// How long what was computed is kept.
package struct Retention: Sendable {
  /// Counts per bucket; those of the reference are always kept.
  package var profiles: FixedDuration
  /// Findings, data issues and checks.
  package var findings: FixedDuration
}

/// Where predictions are logged.
package struct PredictionSource: Sendable {
  package var table: String
  package var id: String
  package var time: String
  package var score: String
  package var version: VersionSource
  package var entity: String?
  /// An SQL condition; the user's own, passed on as it stands.
  package var condition: String?
}

/// Where the customers are listed whom the model should score.
package struct CustomerSource: Sendable {
  package var table: String
  /// The column of the customer, of the type of the predictions' entity.
  package var entity: String
  /// From when and until when each was a customer; nil for always.
  package var since: String?
  package var until: String?
  /// An SQL condition; the user's own, passed on as it stands.
  package var condition: String?

  /// What customers were counted by: where it is another one they are counted again.
  package var identity: StoredIdentity {
    StoredIdentity(
      version: 1,
      [
        "table": .text(table),
        "entity": .text(entity),
        "since": .text(since),
        "until": .text(until),
        "where": .text(condition),
      ]
    )
  }
}

/// Where the rows are that models were trained on.
package struct TrainingSource: Sendable {
  package var table: String
  /// The column of the version that was trained on a row; nil where all were.
  package var version: String?
  /// An SQL condition; the user's own, passed on as it stands.
  package var condition: String?

  /// What the rows were read by: where it is another one they are read again.
  package var identity: StoredIdentity {
    StoredIdentity(
      version: 1,
      [
        "table": .text(table),
        "version": .text(version),
        "where": .text(condition),
      ]
    )
  }
}

/// Where a prediction's model version comes from.
package enum VersionSource: Sendable {
  case column(String)
  case constant(String)
}

/// Where outcomes are reported.
package struct OutcomeSource: Sendable {
  package enum Key: Sendable {
    /// A column with the prediction's id.
    case prediction(String)
    /// A column with the customer's id: an event labels each prediction up to the horizon before.
    case entity(String)
  }

  /// What no outcome means once the horizon has passed.
  package enum Absence: String, Sendable, CaseIterable { case negative, unknown }

  package var table: String
  package var key: Key
  package var time: String
  /// The label's column; nil where a row is itself the event.
  package var label: String?
  package var horizon: FixedDuration
  package var absence: Absence
  /// Whether an outcome that says no churn is the last word; else it may still change up to the
  /// horizon.
  package var isNegativeFinal = false
  /// The label age up to which labels are evaluated for decay; nil leaves it to the arrival curve.
  package var followUp: FixedDuration?
}

/// How a score becomes a decision.
package enum Decision: Sendable {
  /// Thresholds in order of time; the first holds from the beginning.
  case thresholds([(from: Instant?, value: Double)])
  /// A boolean or 0/1 column with the decision as it was logged.
  case column(String)
  /// The highest scores of each bucket, as a share of its rows.
  case top(Double)

  /// The thresholds that must be borders of score bins.
  package var thresholdValues: [Double] {
    if case .thresholds(let dated) = self { return dated.map(\.value) }
    return []
  }
}

/// Which columns are features.
package enum FeatureChoice: Sendable {
  /// Every column of the table that has no other role.
  case all(excluding: [String])
  case columns([String])
  /// The members of one jsonb column.
  case json(String)

  /// Whether they are listed by name.
  package var isListed: Bool {
    if case .columns = self { true } else { false }
  }
}

/// Where the rows come from that others are compared with.
package enum ReferenceSource: Sendable {
  case ranges([ReferenceRange])
  /// So many days before each window.
  case trailing(days: Int)
  case samePeriodLastYear
  case training(TrainingSource)

  /// The ranges that were stated.
  package var ranges: [ReferenceRange] {
    if case .ranges(let ranges) = self { return ranges }
    return []
  }
}

/// The rows that others are compared with.
package struct ReferenceRange: Sendable {
  /// The version it holds for; nil for all.
  package var version: String?
  package var range: TimeRange
}
