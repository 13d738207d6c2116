// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Profiles

/// The report for a terminal.
struct TextReport {
  let style: TextStyle

  func render(_ report: Report) -> String {
    var lines: [String] = []
    for model in report.models {
      lines.append(
        style.bold("\(model.model) · version \(model.version)") + " · as of \(report.asOf)"
      )
      if let reference = model.reference {
        let ranges = reference.ranges.map(ReportTables.range).joined(separator: ", ")
        lines.append(
          style.dim(
            "reference \(ranges), \(NumberText.grouped(reference.rows)) rows, "
              + "bins #\(reference.number)" + (reference.kind.text.map { " · \($0)" } ?? "")
          )
        )
      }
      lines += advice(model) + alerts(model) + jobs(model)
      let tables = ReportTables(model: model)
      for group in tables.groups {
        lines += windows(tables, kind: group.kind, windows: group.windows, hidden: group.hidden)
      }
      lines += arrivals(model) + events(model) + identifiers(model) + issues(model)
      lines.append("")
    }
    if report.models.isEmpty { lines.append("nothing to report") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func windows(
    _ tables: ReportTables,
    kind: WindowSpec,
    windows: [WindowEvaluation],
    hidden: Int
  ) -> [String] {
    var lines = ["", style.bold("windows \(kind)")]
    if hidden > 0 { lines.append(style.dim("  (\(hidden) older ones not listed)")) }
    let drifting = tables.drifting(in: windows, limit: 3)
    var rows = [
      ["window", "rows", "labels"] + ReportTables.performance.map(\.narrowHeading)
        + ["score psi"] + drifting.map { "psi \($0)" }
    ]
    for window in windows {
      rows.append(
        [
          ReportTables.name(window), NumberText.grouped(window.rows), ReportTables.maturity(window),
        ]
          + ReportTables.performance.map { check in
            ReportTables.figure(window.finding(check))
          }
          + [ReportTables.figure(window.finding(.scorePSI))]
          + drifting.map { ReportTables.figure(window.finding(.psi, $0)) }
      )
    }
    lines += table(rows)
    if let errors = windows.last?.errors, errors.tests > 0 {
      lines.append(
        style.dim(
          "  \(errors.tests) tests an evaluation, \(NumberText.text(errors.evaluationsPerMonth)) evaluations a month: each "
            + "at α = \(errors.alpha.formatted(digits: 2)), for at most "
            + "\(NumberText.text(errors.falseAlertsPerMonth)) false alerts a month"
        )
      )
    }
    if let newest = windows.last, newest.rows == 0 {
      lines.append(
        style.yellow("  no predictions in \(ReportTables.name(newest)): has the feed stopped?")
      )
    }
    let estimates = ReportTables.estimates(windows)
    if !estimates.isEmpty { lines.append(style.dim("  " + estimates)) }
    let early = ReportTables.earlyDetection(windows)
    if !early.isEmpty { lines.append(style.yellow("  " + early)) }
    lines += verdicts(tables.episodes(in: windows))
    return lines + causes(windows)
  }

  private func verdicts(_ episodes: [ReportTables.Episode]) -> [String] {
    guard !episodes.isEmpty else {
      return ["", style.green("  nothing asks for action")]
    }
    let shown = episodes.prefix(20)
    var lines = [""]
    for episode in shown {
      let finding = episode.newest
      let subject = [finding.reading.subject, finding.reading.segment]
        .compactMap(\.self).joined(separator: " ")
      let heading = "\(finding.verdict.rawValue), \(episode.severity.rawValue)"
      let painted = episode.severity == .critical ? style.red(heading) : style.yellow(heading)
      lines.append(
        "  \(painted): \(finding.reading.check.rawValue) of \(subject), \(episode.when)"
      )
      lines.append("    \(finding.reason)")
    }
    if episodes.count > shown.count {
      lines.append(style.dim("  and \(episodes.count - shown.count) more; --format json has all"))
    }
    return lines
  }

  private func causes(_ windows: [WindowEvaluation]) -> [String] {
    guard let causes = CauseTable(windows) else { return [] }
    var lines = ["", "  " + style.bold("why") + " · " + causes.summary]
    let rows = causes.rows(6)
    if !rows.isEmpty {
      lines += table(
        [["", "recall if only it moved", "by its churn", "errors per 1,000", "most of it by"]]
          + rows.map { [$0.subject, $0.recall, $0.behaviour, $0.loss, $0.group] },
        isLastLeft: true
      )
    }
    return lines + causes.worst.map { "  worst segments · \($0)" }
  }

  private func advice(_ model: ModelReport) -> [String] {
    guard let advice = model.advice else { return [] }
    let action = "advice: \(advice.action.text)"
    var lines = [
      (advice.action == .nothing ? style.green(action) : style.yellow(action))
        + " · \(advice.reason)"
    ]
    if let map = advice.map {
      lines.append(
        "  map: \(map.formula), from \(NumberText.grouped(map.rows)) \(map.basis); earlier such maps "
          + "lowered the log loss of the predictions after them by \(NumberText.text(map.gain)) each"
      )
    }
    return lines + advice.setAside.map { "  set aside: \($0)" }
  }

  private func alerts(_ model: ModelReport) -> [String] {
    let listed = model.alerts.listed
    var lines = listed.prefix(12).map { alert -> String in
      let paint: (String) -> String =
        switch (alert.state, alert.severity) {
        case (.firing, .critical): style.red
        case (.firing, _): style.yellow
        default: style.green
        }
      let number = alert.number.map { " #\($0)" } ?? ""
      return
        "  \(paint("\(alert.state.rawValue), \(alert.severity.rawValue)"))\(number): \(alert.name), since "
        + "\(alert.since.description.prefix(10))\(alert.standing). \(alert.reason)"
    }
    if listed.count > 12 { lines.append(style.dim("  and \(listed.count - 12) more")) }
    lines += model.alerts.others.map { style.dim("  \($0)") }
    return lines.isEmpty ? [] : [style.bold("alerts")] + lines
  }

  private func jobs(_ model: ModelReport) -> [String] {
    guard !model.jobs.isEmpty else { return [] }
    return [style.bold("retraining jobs")] + model.jobs.prefix(3).map { "  " + $0.line }
  }

  private func arrivals(_ model: ModelReport) -> [String] {
    guard !model.arrivals.isEmpty else { return [] }
    return [""] + table([ArrivalNote.titles] + model.arrivals.map(\.cells))
  }

  private func events(_ model: ModelReport) -> [String] {
    guard !model.events.isEmpty else { return [] }
    return ["", style.bold("what happened")] + model.events.map { "  \($0.when): \($0.what)" }
  }

  private func identifiers(_ model: ModelReport) -> [String] {
    let found = model.features.filter { $0.kind == .identifier }
    guard !found.isEmpty else { return [] }
    return ["", style.bold("taken for identifiers")]
      + found.map { "  \($0.name): \($0.reason ?? "declared")" }
  }

  private func issues(_ model: ModelReport) -> [String] {
    guard !model.issues.isEmpty else { return [] }
    return ["", style.bold("data issues")]
      + model.issues.map { issue in
        let rows = issue.rows > 0 ? "\(NumberText.grouped(issue.rows)) " : ""
        return "  \(issue.kind.rawValue) (\(issue.subject)): \(rows)\(issue.message)"
      }
  }

  /// Columns padded to their widest cell; the first to the left, the others to the right, but for
  /// the last where it is text.
  private func table(_ rows: [[String]], isLastLeft: Bool = false) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.enumerated().map { index, row in
      let cells = zip(row, widths).enumerated().map { column, cell in
        let pad = String(repeating: " ", count: cell.1 - cell.0.count)
        let isLeft = column == 0 || isLastLeft && column + 1 == row.count
        let text = isLeft ? cell.0 + pad : pad + cell.0
        return cell.0.hasSuffix("!") ? style.red(text) : text
      }
      let line = "  " + cells.joined(separator: "  ")
      return index == 0 ? style.dim(line) : line
    }
  }
}
