// SPDX-License-Identifier: Apache-2.0
import Findings
import Monitor
import Postgres
import Profiles
import Reports
import Settings
import Simulator

/// Runs the monitor over a simulated operator's months as they pass, and compares what it said with
/// what was true.
struct Demo {
  let simulator: SimulatedOperator
  let monitor: Monitor
  let settings: Settings
  let model: ModelSettings

  static let configuration = """
    models:
      - name: churn
        predictions:
          table: crm.predictions
          id: prediction_id
          time: predicted_at
          score: score
          version: model_version
          entity: customer_id
        outcomes:
          table: crm.outcomes
          prediction: prediction_id
          time: observed_at
          horizon: \(SimulatedOperator.horizonDays)d
          absent: negative
        decision: { threshold: \(SimulatedOperator.threshold) }
        reference: { from: 2025-01-01, to: 2025-04-01 }
        windows: [1mo]
    """

  static let tables = """
    create schema crm;
    create table crm.predictions (
      prediction_id text primary key, customer_id text not null, model_version text not null,
      predicted_at timestamptz not null, score double precision not null, tenure_months int,
      monthly_charges double precision, data_gb double precision, support_calls int, contract text,
      internet text, payment text, region text, autopay boolean);
    create index on crm.predictions (predicted_at);
    create table crm.outcomes (prediction_id text not null, observed_at timestamptz not null);
    create index on crm.outcomes (prediction_id);
    """

  /// What a check first said of something, and when.
  struct Discovery {
    let at: Instant
    let window: WindowReport
    let finding: Finding
  }

  /// Fills the operator's tables and returns the number of predictions.
  func load(_ connection: Connection) async throws -> Int {
    try await connection.executeScript(Self.tables, name: "demo_tables")
    let rows = try await connection.copyIn(
      "copy crm.predictions from stdin (format binary)",
      name: "demo_predictions",
      from: CopyBatches(Array(0..<simulator.months)) { month in
        Array(simulator.predictions(month: month).map(Self.row).joined())
      }
    )
    try await connection.copyIn(
      "copy crm.outcomes from stdin (format binary)",
      name: "demo_outcomes",
      from: CopyBatches(Array(0..<simulator.months)) { month in
        Array(
          simulator.predictions(month: month).compactMap { prediction in
            prediction.churn.map {
              CopyRow.row([.text(prediction.identifier), .timestamp($0.microseconds)])
            }
          }.joined()
        )
      }
    )
    try await connection.executeScript(
      "analyze crm.predictions; analyze crm.outcomes",
      name: "demo"
    )
    return rows
  }

  private static func row(_ prediction: SimulatedOperator.Prediction) -> [UInt8] {
    CopyRow.row([
      .text(prediction.identifier), .text(prediction.customer), .text("gb-2024-12"),
      .timestamp(prediction.time.microseconds), .double(prediction.score),
      .int32(prediction.tenureMonths), .double(prediction.monthlyCharges),
      .optional(prediction.dataGigabytes), .int32(prediction.supportCalls),
      .text(prediction.contract), .text(prediction.internet), .text(prediction.payment),
      .text(prediction.region), .bool(prediction.hasAutopay),
    ])
  }

  /// Checks every week after the reference and tells each check's news.
  func live() async throws -> [Discovery] {
    var discoveries: [Discovery] = []
    var known: Set<String> = []
    let first = simulator.firstMonth.firstOfMonth(plus: 4).mondayOfWeek.dayNumber
    let last = simulator.firstMonth.firstOfMonth(plus: simulator.months + 1).dayNumber
    for day in stride(from: first, through: last, by: 7) {
      let date = CivilDate(dayNumber: day)
      guard let asOf = Instant(date) else { continue }
      let reports = try await monitor.check(model, asOf: asOf, now: asOf)
      var news: [String] = []
      for window in reports.flatMap(\.windows) {
        for finding in window.findings where Self.matters(finding) {
          let name = "\(finding.reading.check.rawValue) \(finding.reading.subject)"
          guard known.insert(name).inserted else { continue }
          discoveries.append(Discovery(at: asOf, window: window, finding: finding))
          news.append("  \(finding.verdict.rawValue): \(name). \(finding.reason)")
        }
      }
      if !news.isEmpty { Terminal.write("\(date)\n" + news.joined(separator: "\n") + "\n") }
    }
    return discoveries
  }

  private static func matters(_ finding: Finding) -> Bool {
    finding.verdict.isBad && (finding.severity ?? .info) >= .warning
  }

  /// Prints what was found beside what was true, and returns whether the two agree.
  func compare(_ discoveries: [Discovery]) -> Bool {
    let price = discoveries.first {
      $0.finding.reading.check == .psi && $0.finding.reading.subject == "monthly_charges"
    }
    let recall = discoveries.first { $0.finding.reading.check == .recall }
    let decays = discoveries.filter { $0.finding.verdict == .decay }
    let offer = simulator.competitorOffer.start
    let early = decays.filter { $0.window.range.from < Instant(offer) ?? $0.at }
    var rows = [["what happened", "from", "truth", "found", "on", "in the window"]]
    for (incident, found) in [(simulator.priceRise, price), (simulator.competitorOffer, recall)] {
      rows.append([
        incident.name, incident.start.description, incident.truth,
        found.map { "\($0.finding.reading.check.rawValue) \($0.finding.reading.subject)" } ?? "no",
        found.map { String($0.at.description.prefix(10)) } ?? "-",
        found.map { String($0.window.range.from.description.prefix(7)) } ?? "-",
      ])
    }
    rows.append([
      "nothing else", "-", "no decay before the offer",
      early.isEmpty ? "no decay before it" : "\(early.count) false", "-", "-",
    ])
    Terminal.write("\n" + Self.table(rows))
    func isRight(_ found: Discovery?, _ incident: SimulatedOperator.Incident) -> Bool {
      guard let found, let start = Instant(incident.start) else { return false }
      return found.window.range.from >= start
    }
    return isRight(price, simulator.priceRise) && isRight(recall, simulator.competitorOffer)
      && early.isEmpty
  }

  private static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ") + "\n"
    }.joined()
  }
}
