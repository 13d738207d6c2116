// SPDX-License-Identifier: Apache-2.0
package import Findings
package import Profiles

/// What is reported on some windows of some models: the one value that every format prints.
package struct Report: Sendable {
  package var asOf: Instant
  package var models: [ModelReport]

  package init(asOf: Instant, models: [ModelReport]) {
    self.asOf = asOf
    self.models = models
  }
}

/// One version of a model.
package struct ModelReport: Sendable {
  package var model: String
  package var version: String
  /// Oldest first; windows of several kinds follow one another.
  package var windows: [WindowReport]
  package var reference: ReferenceNote?
  /// What the last check left out.
  package var faults: [FaultNote]
  /// What to do; nil where nothing could be measured.
  package var advice: Advice?
  /// What happened, oldest first.
  package var events: [EventNote]
  /// Features in the order of the table, with what they are taken for.
  package var features: [FeatureNote]
  /// Comparisons behind the charts of the newest windows.
  package var charts: ChartData
  /// The alerts of the version that are more than inactive.
  package var alerts: [AlertNote] = []
  /// The model's retraining jobs, newest first.
  package var jobs: [JobNote] = []
  /// How long churners of the reference took to become known; empty where that is not known.
  package var arrivals: [ArrivalNote] = []

  package init(
    model: String,
    version: String,
    windows: [WindowReport],
    reference: ReferenceNote?,
    faults: [FaultNote],
    advice: Advice? = nil,
    events: [EventNote] = [],
    features: [FeatureNote],
    charts: ChartData
  ) {
    self.model = model
    self.version = version
    self.windows = windows
    self.reference = reference
    self.faults = faults
    self.advice = advice
    self.events = events
    self.features = features
    self.charts = charts
  }
}

/// One window with its findings.
package struct WindowReport: Sendable {
  package var kind: WindowSpec
  package var range: TimeRange
  /// The first and last day of the window in the calendar of the configuration.
  package var days: (first: CivilDate, last: CivilDate)
  package var rows: Int
  package var labelled: Int
  package var isMature: Bool
  package var findings: [Finding]
  /// Every rule's finding on every reading that it looks at, for alerts.
  package var judgements: [Finding] = []
  /// At which chance the tests of the window were made.
  package var errors: ErrorNote?
  /// Why recall and loss differ from the reference's; nil where that cannot be told.
  package var causes: CauseNote?
  /// What its features, scores and volume were compared with.
  package var reference: [TimeRange] = []

  package init(
    kind: WindowSpec,
    range: TimeRange,
    calendar: ZonedCalendar,
    rows: Int,
    labelled: Int,
    isMature: Bool,
    findings: [Finding],
    errors: ErrorNote? = nil,
    causes: CauseNote? = nil
  ) {
    self.kind = kind
    self.range = range
    days = (
      calendar.date(at: range.from),
      calendar.date(at: Instant(microseconds: range.to.microseconds - 1))
    )
    self.rows = rows
    self.labelled = labelled
    self.isMature = isMature
    self.findings = findings
    self.errors = errors
    self.causes = causes
  }

  /// Returns the finding of a check on all rows.
  package func finding(_ check: CheckName, _ subject: String) -> Finding? {
    findings.first {
      $0.reading.check == check && $0.reading.subject == subject && $0.reading.segment == nil
    }
  }
}

/// What was derived from the budget of false alerts.
package struct ErrorNote: Sendable, Hashable {
  package var falseAlertsPerMonth: Double
  package var tests: Int
  package var looksPerMonth: Double
  /// The chance of a false alarm of each test.
  package var alpha: Double

  package init(falseAlertsPerMonth: Double, tests: Int, looksPerMonth: Double, alpha: Double) {
    self.falseAlertsPerMonth = falseAlertsPerMonth
    self.tests = tests
    self.looksPerMonth = looksPerMonth
    self.alpha = alpha
  }
}

/// Which reference the windows were compared with.
package struct ReferenceNote: Sendable, Hashable {
  /// How it was chosen.
  package enum Kind: Sendable, Hashable {
    case pinned, samePeriodLastYear, firstWeeks
    case trailing(days: Int)
    case training(table: String)

    /// As configurations spell it.
    package var word: String {
      switch self {
      case .pinned: "pinned"
      case .trailing: "trailing"
      case .training: "training_table"
      case .samePeriodLastYear: "same_period_last_year"
      case .firstWeeks: "first_weeks"
      }
    }

    /// What people should know of it; nil where the ranges say it all.
    package var words: String? {
      switch self {
      case .pinned: nil
      case .trailing(let days):
        "features and volume: the \(days) days before each window; performance and decay: what stands still"
      case .samePeriodLastYear:
        "features and volume: the same period of last year; performance and decay: what stands still"
      case .training(let table):
        "features: the training rows of \(table); scores, volume and performance: the version's first 28 days"
      case .firstWeeks: "the version's first 28 days, since it had no rows in the reference"
      }
    }
  }

  package var kind: Kind
  package var ranges: [TimeRange]
  package var rows: Int
  package var number: Int
  package var reason: String

  package init(
    kind: Kind = .pinned,
    ranges: [TimeRange],
    rows: Int,
    number: Int,
    reason: String
  ) {
    self.kind = kind
    self.ranges = ranges
    self.rows = rows
    self.number = number
    self.reason = reason
  }
}

/// Something that could not be used.
package struct FaultNote: Sendable, Hashable {
  package var kind: String
  package var subject: String
  package var rows: Int
  package var message: String

  package init(kind: String, subject: String, rows: Int, message: String) {
    self.kind = kind
    self.subject = subject
    self.rows = rows
    self.message = message
  }
}

/// What a feature is taken for.
package struct FeatureNote: Sendable, Hashable {
  package var name: String
  package var kind: String
  /// Why it is an identifier.
  package var reason: String?

  package init(name: String, kind: String, reason: String?) {
    self.name = name
    self.kind = kind
    self.reason = reason
  }
}

/// Distributions and reliability, for charts.
package struct ChartData: Sendable, Hashable {
  /// One feature's shares, reference beside window.
  package struct Distribution: Sendable, Hashable {
    package var feature: String
    package var window: TimeRange
    package var labels: [String]
    package var reference: [Double]
    package var current: [Double]

    package init(
      feature: String,
      window: TimeRange,
      labels: [String],
      reference: [Double],
      current: [Double]
    ) {
      self.feature = feature
      self.window = window
      self.labels = labels
      self.reference = reference
      self.current = current
    }
  }

  /// Mean score against observed churn, by decile of the reference's scores.
  package struct Reliability: Sendable, Hashable {
    package struct Point: Sendable, Hashable {
      package var score: Double
      package var observed: Double
      package var lower: Double
      package var upper: Double
      package var count: Int

      package init(score: Double, observed: Double, lower: Double, upper: Double, count: Int) {
        self.score = score
        self.observed = observed
        self.lower = lower
        self.upper = upper
        self.count = count
      }
    }
    package var window: TimeRange
    package var points: [Point]
    package var reference: [Point]

    package init(window: TimeRange, points: [Point], reference: [Point]) {
      self.window = window
      self.points = points
      self.reference = reference
    }
  }

  package var distributions: [Distribution] = []
  package var reliability: Reliability?

  package init() {}
}
