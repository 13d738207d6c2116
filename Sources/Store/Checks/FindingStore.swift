// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Evaluation
package import Failpoints
import Foundation
package import Postgres
package import Profiles
import Statistics

/// One check to be recorded, with all that changes in the same transaction.
package struct CheckRecord: Sendable {
  /// The model's number.
  package var model: Int
  /// The identifier of the bins.
  package var binning: Int
  package var asOf: Instant
  package var software: String
  package var rowsRead: Int
  package var startedAt: Instant
  package var evaluations: [VersionEvaluation]
  package var issues: [DataIssue]
  /// The step of a replay that the check is; its revision moves in the same transaction.
  package var replay: ReplayStep?
  /// Where detectors stand after it.
  package var detectors: [StoredDetector] = []
  /// What became of the model's alerts.
  package var alerts: AlertRecord?
  /// What has been kept long enough.
  package var expiry: Expiry?

  package init(
    model: Int,
    binning: Int,
    asOf: Instant,
    software: String,
    rowsRead: Int,
    startedAt: Instant,
    evaluations: [VersionEvaluation],
    issues: [DataIssue]
  ) {
    self.model = model
    self.binning = binning
    self.asOf = asOf
    self.software = software
    self.rowsRead = rowsRead
    self.startedAt = startedAt
    self.evaluations = evaluations
    self.issues = issues
  }
}

/// Records check runs with their findings and data issues.
package struct FindingStore: Sendable {
  private let connection: Connection
  private let failpoints: Failpoints

  package init(_ connection: Connection, _ failpoints: Failpoints = .none) {
    self.connection = connection
    self.failpoints = failpoints
  }

  /// Records one check; all of it or nothing.
  package func record(_ record: CheckRecord) async throws {
    try await connection.withTransaction { connection in
      if let replay = record.replay { try await replay.advance(to: record.asOf, connection) }
      let rows = try await connection.query(
        SQL.insert_check_run,
        [
          .int(record.model), .int(record.binning), .timestamp(record.asOf.microseconds),
          .text(record.software), .int(record.rowsRead),
          .timestamp(record.startedAt.microseconds), .optional(record.replay?.replay),
        ]
      )
      let check: Int = try rows.only { try $0.decode("check_run_id") }
      try await Self.storeFindings(record.evaluations, check: check, connection)
      failpoints.reach(.recording)
      try await Self.storeIssues(record.issues, check: check, connection)
      try await Self.storeAdvice(record.evaluations, check: check, connection)
      for detector in record.detectors {
        try await DetectorStore.advance(detector, binning: record.binning, connection)
      }
      if let alerts = record.alerts {
        try await AlertStore.store(
          alerts,
          model: record.model,
          checkRun: check,
          asOf: record.asOf,
          connection,
          failpoints: failpoints
        )
      }
      if let expiry = record.expiry {
        try await expiry.drop(model: record.model, connection, failpoints)
      }
    }
  }

  private static func storeFindings(
    _ evaluations: [VersionEvaluation],
    check: Int,
    _ connection: Connection
  ) async throws {
    let windows = evaluations.flatMap { evaluation in
      evaluation.windows.map { (evaluation.version, $0) }
    }
    try await connection.copyIn(
      SQL.store_findings,
      from: CopyBatches(windows) { version, window in
        Array(
          try window.findings.map { try row($0, of: window, version: version, check: check) }
            .joined()
        )
      }
    )
  }

  private static func storeIssues(
    _ issues: [DataIssue],
    check: Int,
    _ connection: Connection
  ) async throws {
    for issue in issues {
      try await connection.execute(
        SQL.insert_data_issue,
        [
          .int(check), .text(issue.kind.rawValue), .text(issue.subject), .int(issue.rows),
          .text(issue.message),
        ]
      )
    }
  }

  private static func storeAdvice(
    _ evaluations: [VersionEvaluation],
    check: Int,
    _ connection: Connection
  ) async throws {
    for evaluation in evaluations {
      guard let advice = evaluation.advice else { continue }
      let aside = try JSONEncoder().encode(advice.setAside)
      try await connection.execute(
        SQL.insert_advice,
        [
          .int(check), .text(evaluation.version), .text(advice.action.rawValue),
          .text(advice.reason), .optional(advice.map?.intercept), .optional(advice.map?.slope),
          .optional(advice.cause?.check.rawValue), .optional(advice.cause?.subject),
          .optional(advice.onset), .json(String(decoding: aside, as: UTF8.self)),
          .bool(advice.isBlind),
        ]
      )
    }
  }

  /// Returns what a model's last check could not use.
  package func lastIssues(_ model: String) async throws -> [DataIssue] {
    let rows = try await connection.query(SQL.read_data_issues, [.text(model)])
    return try rows.map { row in
      DataIssue(
        try row.decode("kind"),
        subject: try row.decode("subject"),
        rows: try row.decode("row_count"),
        message: try row.decode("message")
      )
    }
  }

  /// Returns why the last check could not detect decay before labels are final, by version.
  package func earlyObstacles(_ model: String) async throws -> [(version: String, reason: String)] {
    let rows = try await connection.query(
      SQL.read_early_obstacles,
      [
        .text(model), .text(CheckName.recallDecay.rawValue),
        .text(Verdict.noReference.rawValue),
      ]
    )
    return try rows.map { (try $0.decode("model_version"), try $0.decode("reason")) }
  }

  /// Returns the moment as of which a model was last checked; nil before its first check.
  package func lastCheck(_ model: String) async throws -> Instant? {
    let rows = try await connection.query(
      SQL.read_last_check_run,
      [.text(model)]
    )
    return try rows.first { try $0.decode("as_of") }
  }

  private static func row(
    _ finding: Finding,
    of window: WindowEvaluation,
    version: String,
    check: Int
  ) throws -> [UInt8] {
    let reading = finding.reading
    var details = Dictionary(
      reading.details.map { ($0.name, $0.value) },
      uniquingKeysWith: { $1 }
    )
    details["p"] = reading.p
    let text = String(decoding: try JSONEncoder().encode(details), as: UTF8.self)
    return CopyRow.row([
      .int(check), .text(version), .text(window.kind.description),
      .timestamp(window.range.from.microseconds), .timestamp(window.range.to.microseconds),
      .text(reading.check.rawValue), .text(reading.subject), .optional(reading.segment),
      .optional(reading.value), .optional(reading.interval?.lower),
      .optional(reading.interval?.upper), .optional(reading.reference),
      .optional(finding.threshold), .int(reading.sample.current),
      reading.sample.reference.map(Parameter.int) ?? .null, .optional(finding.rule),
      .text(finding.verdict.rawValue), .optional(finding.severity?.rawValue),
      .text(finding.reason), .json(text),
    ])
  }
}
