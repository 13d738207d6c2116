// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Foundation
import Profiles
import Retraining
import Statistics

/// The stable, versioned JSON that `check` and `report` share; `docs/json.md` documents it.
struct JSONReport {
  /// Raised when a key changes its meaning or goes; new keys do not raise it.
  static let schema = 1

  /// Whether the document is one line.
  let isCompact: Bool

  func render(_ report: Report) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      isCompact
      ? [.sortedKeys, .withoutEscapingSlashes]
      : [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let document = Document(
      asOf: report.asOf,
      models: report.models.map(Model.init)
    )
    return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
  }

  private struct Document: Encodable {
    let schema = JSONReport.schema
    let asOf: Instant
    let models: [Model]

    enum CodingKeys: String, CodingKey {
      case schema, models
      case asOf = "as_of"
    }
  }

  private struct Model: Encodable {
    let model: String
    let version: String
    let reference: Reference?
    let windows: [Window]
    let faults: [Fault]
    let events: [Event]
    let advice: JSONAdvice?
    let arrivals: [Arrival]
    let alerts: [JSONAlert]
    let jobs: [JSONJob]

    init(_ report: ModelReport) {
      model = report.model
      version = report.version
      reference = report.reference.map(Reference.init)
      windows = report.windows.map(Window.init)
      faults = report.issues.map(Fault.init)
      events = report.events.map(Event.init)
      advice = report.advice.map(JSONAdvice.init)
      alerts = report.alerts.map(JSONAlert.init)
      jobs = report.jobs.map(JSONJob.init)
      arrivals = report.arrivals.map(Arrival.init)
    }
  }

  private struct Arrival: Encodable {
    struct Point: Encodable {
      let days: Double
      let share: Double
    }

    let name: String
    let churners: Int
    let known: [Point]

    init(_ note: ArrivalNote) {
      name = note.name
      churners = note.churners
      known = note.known.map { Point(days: $0.days, share: $0.share) }
    }
  }

  private struct Reference: Encodable {
    let kind: String
    let ranges: [TimeRange]
    let rows: Int
    let binning: Int

    init(_ note: ReferenceSummary) {
      kind = note.kind.name
      ranges = note.ranges
      rows = note.rows
      binning = note.number
    }
  }

  private struct Fault: Encodable {
    let kind: String
    let subject: String
    let rows: Int
    let message: String

    init(_ note: DataIssue) {
      kind = note.kind.rawValue
      subject = note.subject
      rows = note.rows
      message = note.message
    }
  }

  /// A note or a revision; keys that have no value are null.
  private struct Event: Encodable {
    let note: EventNote

    init(_ note: EventNote) { self.note = note }

    enum CodingKeys: String, CodingKey { case kind, from, until, text, author }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(note.kind.rawValue, forKey: .kind)
      try container.encode(note.from, forKey: .from)
      try container.encode(note.until, forKey: .until)
      try container.encode(note.text, forKey: .text)
      try container.encode(note.author, forKey: .author)
    }
  }

  private struct Window: Encodable {
    let window: String
    let from: Instant
    let to: Instant
    let rows: Int
    let labelled: Int
    let mature: Bool
    let reference: [TimeRange]
    let findings: [JSONFinding]
    let causes: JSONCauses?

    init(_ report: WindowEvaluation) {
      window = report.kind.description
      from = report.range.from
      to = report.range.to
      rows = report.rows
      labelled = report.labelled
      mature = report.isMature
      reference = report.reference
      findings = report.findings.map(JSONFinding.init)
      causes = report.causes.map(JSONCauses.init)
    }
  }
}

/// What to do as JSON.
private struct JSONAdvice: Encodable {
  private struct Map: Encodable {
    let intercept: Double
    let slope: Double
    let gain: Double
    let rows: Int
    let basis: String
  }

  private let action: String
  private let reason: String
  private let cause: Cause?
  private let onset: Instant?
  private let setAside: [String]
  private let map: Map?

  private struct Cause: Encodable {
    let check: String
    let subject: String
  }

  private enum CodingKeys: String, CodingKey {
    case action, reason, cause, onset, map
    case setAside = "set_aside"
  }

  init(_ advice: Advice) {
    cause = advice.cause.map { Cause(check: $0.check.rawValue, subject: $0.subject) }
    onset = advice.onset
    setAside = advice.setAside
    action = advice.action.rawValue
    reason = advice.reason
    map = advice.map.map {
      Map(
        intercept: $0.intercept,
        slope: $0.slope,
        gain: $0.gain,
        rows: $0.rows,
        basis: $0.basis
      )
    }
  }
}

/// A retraining job as JSON; keys that have no value are null.
private struct JSONJob: Encodable {
  private let job: JobRecord

  init(_ job: JobRecord) { self.job = job }

  enum CodingKeys: String, CodingKey {
    case number, state, remedy, reason, error
    case madeAt = "made_at"
    case newVersion = "new_version"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(job.identifier, forKey: .number)
    try container.encode(job.state.rawValue, forKey: .state)
    try container.encode(job.remedy.rawValue, forKey: .remedy)
    try container.encode(job.reason, forKey: .reason)
    try container.encode(job.madeAt, forKey: .madeAt)
    try container.encode(job.newVersion, forKey: .newVersion)
    try container.encode(job.lastError, forKey: .error)
  }
}

/// An alert as JSON; keys that have no value are null.
private struct JSONAlert: Encodable {
  private let reported: ReportedAlert

  init(_ reported: ReportedAlert) { self.reported = reported }

  enum CodingKeys: String, CodingKey {
    case number, rule, subject, segment, window, state, since, severity, reason, silenced
    case acknowledgedBy = "acknowledged_by"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let alert = reported.alert
    try container.encode(reported.number, forKey: .number)
    try container.encode(alert.key.rule, forKey: .rule)
    try container.encode(alert.key.subject, forKey: .subject)
    try container.encode(alert.key.segment, forKey: .segment)
    try container.encode(alert.key.window.description, forKey: .window)
    try container.encode(alert.state.rawValue, forKey: .state)
    try container.encode(alert.since, forKey: .since)
    try container.encode(alert.severity, forKey: .severity)
    try container.encode(alert.reason, forKey: .reason)
    try container.encode(reported.stored?.isSilenced ?? false, forKey: .silenced)
    try container.encode(reported.stored?.acknowledgedBy, forKey: .acknowledgedBy)
  }
}

/// A finding as JSON; keys that have no value are null, never absent.
private struct JSONFinding: Encodable {
  let finding: Finding

  init(_ finding: Finding) { self.finding = finding }

  enum CodingKeys: String, CodingKey {
    case check, subject, segment, value, interval, reference, threshold, sample, verdict, severity
    case reason, rule, p, details
    case referenceSample = "reference_sample"
  }

  func encode(to encoder: any Encoder) throws {
    let reading = finding.reading
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(reading.check, forKey: .check)
    try container.encode(reading.subject, forKey: .subject)
    try container.encode(reading.segment, forKey: .segment)
    try container.encode(reading.value, forKey: .value)
    try container.encode(reading.interval.map { [$0.lower, $0.upper] }, forKey: .interval)
    try container.encode(reading.reference, forKey: .reference)
    try container.encode(finding.threshold, forKey: .threshold)
    try container.encode(reading.sample.current, forKey: .sample)
    try container.encode(reading.sample.reference, forKey: .referenceSample)
    try container.encode(finding.verdict, forKey: .verdict)
    try container.encode(finding.severity, forKey: .severity)
    try container.encode(finding.reason, forKey: .reason)
    try container.encode(finding.rule, forKey: .rule)
    try container.encode(reading.p, forKey: .p)
    let details = Dictionary(
      reading.details.map { ($0.name, $0.value) },
      uniquingKeysWith: { $1 }
    )
    try container.encode(details, forKey: .details)
  }
}
