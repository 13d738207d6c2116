// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Foundation
import Profiles
import Reports
import Retraining
import Statistics
import TestKit
import Testing

@Suite struct ReportTests {
  static func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

  static func report() throws -> Report {
    func range(_ from: String, _ to: String) throws -> TimeRange {
      let (start, end) = (try instant(from), try instant(to))
      return try #require(TimeRange(from: start, to: end))
    }
    var recall = Reading(
      .recall,
      subject: "score",
      value: 0.415,
      interval: Interval(lower: 0.39, upper: 0.44),
      reference: 0.615,
      referenceInterval: Interval(lower: 0.6, upper: 0.63),
      sample: .init(current: 1514, reference: 4298)
    )
    recall.details = [.init("true_positives", 628), .init("false_negatives", 886)]
    var psi = Reading(
      .psi,
      subject: "<b>plan</b>",
      value: 0.31,
      interval: Interval(lower: 0.2, upper: 0.4),
      reference: 0,
      sample: .init(current: 4427, reference: 11_991)
    )
    psi.p = nil
    var segment = recall
    segment.segment = "region=north"
    let nothing = Reading(
      .auc,
      subject: "score",
      sample: .init(current: 0),
      obstacle: .noData("only one class is known")
    )
    let findings = [
      Finding(
        reading: recall,
        rule: "RecallDrop",
        threshold: 0.565,
        verdict: .decay,
        severity: .critical,
        reason: "Recall 0.415 was 0.615"
      ),
      Finding(
        reading: psi,
        rule: "FeatureDrift",
        threshold: 0.27,
        verdict: .drift,
        severity: .warning,
        reason: "PSI 0.310 | exceeds"
      ),
      Finding(
        reading: nothing,
        rule: nil,
        threshold: nil,
        verdict: .noData,
        severity: nil,
        reason: "only one class is known"
      ),
      Finding(
        reading: segment,
        rule: nil,
        threshold: nil,
        verdict: .unjudged,
        severity: nil,
        reason: "no rule evaluates it"
      ),
    ]
    let window = WindowEvaluation(
      kind: .month,
      range: try range("2016-09-01", "2016-10-01"),
      calendar: try #require(ZonedCalendar(identifier: "UTC")),
      rows: 4427,
      labelled: 4427,
      isMature: true,
      findings: findings,
      causes: causes()
    )
    let evaluation = VersionEvaluation(
      version: "v1",
      windows: [window],
      reference: ReferenceSummary(
        ranges: [try range("2016-04-01", "2016-07-01")],
        rows: 11_991,
        number: 1,
        reason: "configured"
      )
    )
    var model = ModelReport(
      model: "churn",
      evaluation,
      issues: [
        DataIssue(.nullScore, subject: "score", rows: 3, message: "predictions have no score")
      ],
      features: [FeatureNote(name: "<b>plan</b>", kind: .category, reason: nil)]
    )
    model.arrivals = [
      ArrivalNote(
        name: "<i>all</i>",
        churners: 4450,
        known: [(1, 0.1), (7, 0.4), (30, 0.9), (90, 1)]
      )
    ]
    return Report(asOf: try instant("2018-12-01"), models: [model])
  }

  @Test(arguments: [ReportFormat.text, .markdown, .json])
  func `the report is what it was`(_ format: ReportFormat) throws {
    let text = try format.render(Self.report())
    let file = "Tests/ReportsTests/Snapshots/report.\(format.rawValue)"
    let difference = try Golden.difference(text, from: file)
    #expect(difference == nil, "\(difference ?? ""); SNAP_UPDATE=1 writes it again")
  }

  @Test func `the page needs nothing else and data cannot become markup`() throws {
    let page = try ReportFormat.html.render(Self.report(), chartLibrary: "/* chart library */")
    #expect(!page.contains("<b>plan</b>"))
    #expect(page.contains("&lt;b&gt;plan&lt;/b&gt;"))
    #expect(page.contains("\\u003Cb>plan"))
    #expect(!page.contains("src=") && !page.contains("href=") && !page.contains("://"))
    #expect(page.contains("/* chart library */"))
    #expect(page.contains("canvas"))
  }

  @Test func `without a chart library the page has tables and says so`() throws {
    let page = try ReportFormat.html.render(Self.report())
    #expect(!page.contains("<canvas"))
    #expect(page.contains("Charts need Chart.js"))
  }

  @Test(arguments: ReportFormat.allCases)
  func `every format shows alerts and jobs, and nothing of them is markup`(_ format: ReportFormat)
    throws
  {
    var report = try Self.report()
    let moment = try #require(Instant("2016-10-04"))
    let window = try #require(TimeRange(from: moment, to: moment))
    let named = { (state: AlertState, rule: String) in
      ReportedAlert(
        StoredAlert(
          identifier: 7,
          alert: Alert(
            key: AlertKey(
              version: "v1",
              rule: rule,
              subject: "<b>x</b>",
              segment: nil,
              window: .month
            ),
            state: state,
            since: moment,
            newest: AlertObservation(window: window, signal: .bad, reason: "recall fell"),
            severity: .critical,
            reason: "recall fell"
          ),
          acknowledgedBy: "ann",
          acknowledgement: "on it",
          isSilenced: false,
          extras: AlertExtras()
        )
      )
    }
    report.models[0].alerts = [named(.firing, "RecallDecay"), named(.pending, "FeatureDrift")]
    report.models[0].jobs = [
      JobRecord(
        identifier: 3,
        model: "churn",
        state: .failed,
        remedy: .retrain,
        reason: "RecallDecay fires",
        version: "v1",
        madeAt: moment,
        author: "policy",
        notBefore: moment,
        attempts: 1,
        maximumAttempts: 3,
        run: nil,
        cancelRequestedBy: nil,
        newVersion: nil,
        lastError: "exit code 2",
        createdAt: moment,
        startedAt: moment,
        finishedAt: moment,
        log: "",
        task: "{}",
        answer: nil
      )
    ]
    let text = try format.render(report)
    for words in [
      "RecallDecay", "FeatureDrift", "recall fell", "ann", "RecallDecay fires", "exit code 2",
    ] {
      #expect(text.contains(words), "\(words)")
    }
    if format == .html { #expect(!text.contains("<b>x</b>")) }
    if format == .markdown { #expect(!text.contains("of <b>x")) }
  }

  @Test(arguments: ReportFormat.allCases)
  func `an empty report can be printed`(_ format: ReportFormat) throws {
    let report = Report(asOf: try Self.instant("2018-12-01"), models: [])
    #expect(try !format.render(report).isEmpty)
  }

  @Test(arguments: ReportFormat.allCases)
  func `NaN is never printed`(_ format: ReportFormat) throws {
    #expect(try !format.render(Self.report()).lowercased().contains(" nan"))
  }

  @Test func `windows are named by the days of their own zone`() throws {
    // In Auckland a day begins at 11:00 UTC of the day before.
    var report = try Self.report()
    let from = try Self.instant("2026-01-31T11:00Z")
    let to = try Self.instant("2026-02-28T11:00Z")
    report.models[0].windows = [
      WindowEvaluation(
        kind: .month,
        range: try #require(TimeRange(from: from, to: to)),
        calendar: try #require(ZonedCalendar(identifier: "Pacific/Auckland")),
        rows: 1,
        labelled: 0,
        isMature: false,
        findings: []
      )
    ]
    #expect(try ReportFormat.text.render(report).contains("2026-02 "))
  }

  @Test func `estimates are set against what labels then gave`() throws {
    var report = try Self.report()
    let calendar = try #require(ZonedCalendar(identifier: "UTC"))
    func window(_ month: Int, estimate: Double, recall: Double, isMature: Bool = true) throws
      -> WindowEvaluation
    {
      let from = try Self.instant("2026-0\(month)-01")
      let to = try Self.instant("2026-0\(month + 1)-01")
      let readings = [
        Reading(
          .estimatedRecall,
          subject: "score",
          value: estimate,
          interval: Interval(lower: estimate - 0.05, upper: estimate + 0.05),
          sample: Reading.Sample(current: 900)
        ),
        Reading(.recall, subject: "score", value: recall, sample: Reading.Sample(current: 90)),
      ]
      return WindowEvaluation(
        kind: .month,
        range: try #require(TimeRange(from: from, to: to)),
        calendar: calendar,
        rows: 900,
        labelled: 900,
        isMature: isMature,
        findings: readings.map {
          Finding(
            reading: $0,
            rule: nil,
            threshold: nil,
            verdict: .unjudged,
            severity: nil,
            reason: "no rule evaluates it"
          )
        }
      )
    }
    report.models[0].windows = [
      try window(1, estimate: 0.6, recall: 0.62), try window(2, estimate: 0.6, recall: 0.5),
      try window(3, estimate: 0.6, recall: 0.551),
      try window(4, estimate: 0.6, recall: 0.6, isMature: false),
    ]
    let text = try ReportFormat.text.render(report)
    #expect(text.contains("estimated-recall held the recall within its band in 2 of 3 windows"))
    // The windows that estimates are made from do not count.
    report.models[0].windows[1].reference = [report.models[0].windows[1].range]
    #expect(try ReportFormat.text.render(report).contains("in 2 of 2 windows"))
  }

  /// A column whose share of sure churners fell, and one that did nothing.
  private static func causes() -> CauseNote {
    func parts(_ move: Double, _ turn: Double) -> EffectParts {
      EffectParts(
        distribution: Effect(move, standardError: 0.01),
        behaviour: Effect(turn, standardError: 0.01)
      )
    }
    return CauseNote(
      labelAge: FixedDuration(days: 30),
      referenceRecall: 0.62,
      referenceLoss: 0.26,
      recall: 0.415,
      loss: 0.3,
      byScores: (parts(-0.16, -0.03), parts(0.02, 0.01)),
      causes: [
        Cause(
          subject: "deposit<type>",
          isSegment: false,
          recall: parts(-0.06, -0.001),
          loss: parts(0.012, 0.001),
          group: Cause.Group(
            name: "Non|Refund",
            share: Cause.Rates(current: 0.0087, reference: 0.0591),
            churn: Cause.Rates(current: 0.98, reference: 0.992)
          )
        ),
        Cause(
          subject: "meal",
          isSegment: true,
          recall: parts(0.001, 0.002),
          loss: parts(0, 0),
          group: nil
        ),
      ],
      worst: [
        CauseNote.WorstSegment(
          segment: "hotel=City",
          recall: 0.31,
          interval: Interval(lower: 0.28, upper: 0.34),
          churners: 812,
          reference: 0.58
        )
      ]
    )
  }

  @Test func `colours are for terminals only`() throws {
    #expect(try !ReportFormat.text.render(Self.report()).contains("\u{1B}"))
    #expect(try ReportFormat.text.render(Self.report(), style: .colored).contains("\u{1B}[31m"))
  }
}
