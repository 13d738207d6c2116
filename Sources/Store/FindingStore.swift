// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Findings
package import Postgres
package import Profiles
import Statistics

/// Something in the input that could not be used, with how many rows it concerns.
package struct InputFault: Sendable, Hashable {
  package let kind: String
  /// The table or column.
  package let subject: String
  package let rows: Int
  package let message: String

  package init(kind: String, subject: String, rows: Int, message: String) {
    self.kind = kind
    self.subject = subject
    self.rows = rows
    self.message = message
  }
}

/// What a cycle concluded about one version and window.
package struct JudgedWindow: Sendable {
  package let version: String
  package let kind: WindowSpec
  package let range: TimeRange
  package let findings: [Finding]

  package init(version: String, kind: WindowSpec, range: TimeRange, findings: [Finding]) {
    self.version = version
    self.kind = kind
    self.range = range
    self.findings = findings
  }
}

/// Records cycles with their findings and faults.
package struct FindingStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Records one cycle; all of it or nothing.
  ///
  /// - `replay`: The step of a replay that the cycle is; its mark moves in the same transaction.
  /// - `advice`: What to do, by version.
  /// - `detectors`: Where detectors stand after it; their marks move in the same transaction.
  /// - `alerts`: What became of the model's alerts; their mark moves in the same transaction.
  /// - `expiry`: What has been kept long enough; it goes in the same transaction.
  package func record(
    model: Int,
    binning: Int,
    asOf: Instant,
    software: String,
    rowsRead: Int,
    startedAt: Instant,
    replay: ReplayStep? = nil,
    windows: [JudgedWindow],
    faults: [InputFault],
    advice: [(version: String, advice: Advice)] = [],
    detectors: [StoredDetector] = [],
    alerts: AlertRecord? = nil,
    expiry: Expiry? = nil
  ) async throws {
    try await connection.withTransaction { connection in
      if let replay { try await replay.advance(to: asOf, connection) }
      let rows = try await connection.query(
        SQL.insert_cycle,
        name: "insert_cycle",
        [
          .int(model), .int(binning), .timestamp(asOf.microseconds), .text(software),
          .int(rowsRead), .timestamp(startedAt.microseconds), .optional(replay?.replay),
        ]
      )
      let cycle = rows.int(0, 0)
      try await connection.copyIn(
        """
        copy plumbline.finding (cycle_id, model_version, window_kind, window_from, window_to,
          check_name, subject, segment, value, interval_lower, interval_upper, reference, threshold,
          sample, reference_sample, rule, verdict, severity, reason, details)
          from stdin (format binary)
        """,
        name: "store_findings",
        from: CopyBatches(windows) { window in
          Array(try window.findings.map { try Self.row(cycle, $0, window) }.joined())
        }
      )
      FaultPoint.reach(.recording)
      for fault in faults {
        try await connection.execute(
          SQL.insert_fault,
          name: "insert_fault",
          [
            .int(cycle), .text(fault.kind), .text(fault.subject), .int(fault.rows),
            .text(fault.message),
          ]
        )
      }
      for (version, advice) in advice {
        try await connection.execute(
          SQL.insert_advice,
          name: "insert_advice",
          [
            .int(cycle), .text(version), .text(advice.action.rawValue), .text(advice.reason),
            .optional(advice.map?.intercept), .optional(advice.map?.slope),
          ]
        )
      }
      for detector in detectors {
        try await DetectorStore.advance(detector, binning: binning, connection)
      }
      if let alerts {
        try await AlertStore.store(alerts, model: model, cycle: cycle, asOf: asOf, connection)
      }
      if let expiry { try await expiry.drop(model: model, connection) }
    }
  }

  /// Returns what a model's last cycle left out.
  package func lastFaults(_ model: String) async throws -> [InputFault] {
    let rows = try await connection.query(SQL.read_faults, name: "read_faults", [.text(model)])
    return (0..<rows.rowCount).map {
      InputFault(
        kind: rows.text($0, 0),
        subject: rows.text($0, 1),
        rows: rows.int($0, 2),
        message: rows.text($0, 3)
      )
    }
  }

  /// Returns the moment as of which a model was last checked; nil before its first check.
  package func lastCheck(_ model: String) async throws -> Instant? {
    let rows = try await connection.query(
      SQL.read_last_cycle,
      name: "read_last_cycle",
      [.text(model)]
    )
    return rows.rowCount == 1 ? rows.instant(0, 0) : nil
  }

  private static func row(_ cycle: Int, _ finding: Finding, _ window: JudgedWindow) throws
    -> [UInt8]
  {
    let reading = finding.reading
    var details = Dictionary(
      reading.details.map { ($0.name, $0.value) },
      uniquingKeysWith: { $1 }
    )
    details["p"] = reading.p
    let text = String(decoding: try JSONEncoder().encode(details), as: UTF8.self)
    return CopyRow.row([
      .int(cycle), .text(window.version), .text(window.kind.description),
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
