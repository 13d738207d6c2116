// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// What an evaluation says of one version of a model: what alerts, retraining and reports read.
package struct VersionEvaluation: Sendable {
  package var version: String
  /// Oldest first; windows of several kinds follow one another.
  package var windows: [WindowEvaluation]
  /// Nil where nothing could be compared.
  package var reference: ReferenceSummary?
  /// What to do; nil where nothing could be measured.
  package var advice: Advice?
  /// Comparisons behind the charts of the newest windows.
  package var charts: ChartData

  package init(
    version: String,
    windows: [WindowEvaluation] = [],
    reference: ReferenceSummary? = nil,
    advice: Advice? = nil,
    charts: ChartData = ChartData()
  ) {
    self.version = version
    self.windows = windows
    self.reference = reference
    self.advice = advice
    self.charts = charts
  }
}

/// One window with its findings.
package struct WindowEvaluation: Sendable {
  package var kind: WindowSpec
  package var range: TimeRange
  /// The first and last day of the window in the calendar of the configuration.
  package var days: (first: CivilDate, last: CivilDate)
  /// Rows, of all segments together.
  package var rows: Int
  /// Predictions of them whose label is known.
  package var labelled: Int
  /// Whether there are predictions and no label of them can still come.
  package var isMature: Bool
  /// For each reading the finding that holds.
  package var findings: [Finding]
  /// Every rule's finding on every reading that it covers, for alerts.
  package var ruleFindings: [Finding] = []
  /// At which chance the tests of the window were made.
  package var errors: TestLevels?
  /// Why recall and loss differ from the reference's; nil where that is not known.
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
    errors: TestLevels? = nil,
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

  /// Returns the finding on all rows of a check that has one subject; nil for checks of each
  /// feature.
  package func finding(_ check: CheckName) -> Finding? {
    check.definition.subject.flatMap { finding(check, $0) }
  }

  /// Returns the finding of a check on all rows.
  package func finding(_ check: CheckName, _ subject: String) -> Finding? {
    findings.first {
      $0.reading.check == check && $0.reading.subject == subject && $0.reading.segment == nil
    }
  }
}

/// What was derived from the budget of false alerts.
package struct TestLevels: Sendable, Hashable {
  package var falseAlertsPerMonth: Double
  package var tests: Int
  /// New windows of the kind in a month.
  package var evaluationsPerMonth: Double
  /// The chance of a false alarm of each test.
  package var alpha: Double

  package init(
    falseAlertsPerMonth: Double,
    tests: Int,
    evaluationsPerMonth: Double,
    alpha: Double
  ) {
    self.falseAlertsPerMonth = falseAlertsPerMonth
    self.tests = tests
    self.evaluationsPerMonth = evaluationsPerMonth
    self.alpha = alpha
  }
}
