// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Profiles

/// The report for a pull request, a ticket or a wiki.
struct MarkdownReport {
  func render(_ report: Report) -> String {
    var lines: [String] = []
    for model in report.models {
      lines.append("# \(escaped(model.model)), version \(escaped(model.version))\n")
      lines.append("As of \(report.asOf).")
      if let reference = model.reference {
        let ranges = reference.ranges.map(ReportTables.range).joined(separator: ", ")
        lines.append(
          "Reference: \(ranges), \(NumberText.grouped(reference.rows)) rows "
            + "(bins #\(reference.number))"
            + (reference.kind.text.map { "; \($0)" } ?? "") + ".\n"
        )
      }
      if let advice = model.advice {
        lines.append("**Advice: \(advice.action.text).** \(escaped(advice.reason))\n")
        if let map = advice.map { lines.append("Map: \(map.formula), \(map.basis).\n") }
        for other in advice.setAside { lines.append("Set aside: \(escaped(other))\n") }
      }
      lines += alerts(model)
      let tables = ReportTables(model: model)
      for group in tables.groups {
        lines += windows(tables, kind: group.kind, windows: group.windows)
      }
      lines += arrivals(model) + notes(model)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func alerts(_ model: ModelReport) -> [String] {
    let alerts =
      model.alerts.listed.map { alert in
        "- **\(alert.state.rawValue)**, \(alert.severity.rawValue): \(escaped(alert.name)), since "
          + "\(alert.since.description.prefix(10))\(escaped(alert.standing)). \(escaped(alert.reason))"
      } + model.alerts.others.map { "- \(escaped($0))" }
    let jobs = model.jobs.map { "- \(escaped($0.line))" }
    return (alerts.isEmpty ? [] : ["## Alerts\n"] + alerts + [""])
      + (jobs.isEmpty ? [] : ["## Retraining jobs\n"] + jobs + [""])
  }

  private func windows(
    _ tables: ReportTables,
    kind: WindowSpec,
    windows: [WindowEvaluation]
  ) -> [String] {
    let drifting = tables.drifting(in: windows, limit: 4)
    let titles =
      ["window", "rows", "labels"] + ReportTables.performance.map(\.rawValue) + ["score-psi"]
      + drifting.map { "psi \(escaped($0))" }
    var lines = ["## Windows of \(kind)\n", row(titles)]
    lines.append(row(titles.indices.map { $0 == 0 ? "---" : "---:" }))
    for window in windows {
      lines.append(
        row(
          [
            ReportTables.name(window), NumberText.grouped(window.rows),
            ReportTables.maturity(window),
          ]
            + ReportTables.performance.map { check in
              ReportTables.figure(window.finding(check))
            }
            + [ReportTables.figure(window.finding(.scorePSI))]
            + drifting.map { ReportTables.figure(window.finding(.psi, $0)) }
        )
      )
    }
    lines.append("\n`!` asks for action, `?` could not be evaluated.\n")
    let estimates = ReportTables.estimates(windows)
    if !estimates.isEmpty { lines.append(escaped(estimates) + ".\n") }
    let early = ReportTables.earlyDetection(windows)
    if !early.isEmpty { lines.append("Note: " + escaped(early) + ".\n") }
    lines += tables.episodes(in: windows).prefix(30).map { episode in
      let finding = episode.newest
      let segment = finding.reading.segment.map { " (\(escaped($0)))" } ?? ""
      return "- **\(finding.verdict.rawValue)**, \(episode.severity.rawValue): "
        + "\(finding.reading.check.rawValue) of \(escaped(finding.reading.subject))\(segment), "
        + "\(episode.when). \(escaped(finding.reason))"
    }
    return lines + [""] + causes(windows)
  }

  private func causes(_ windows: [WindowEvaluation]) -> [String] {
    guard let causes = CauseTable(windows) else { return [] }
    var lines = ["### Why\n", escaped(causes.summary) + ".\n"]
    let rows = causes.rows(10)
    if !rows.isEmpty {
      lines += [
        row(["", "recall if only it moved", "by its churn", "errors per 1,000", "most of it by"]),
        row(["---", "---:", "---:", "---:", "---"]),
      ]
      lines += rows.map {
        row([escaped($0.subject), $0.recall, $0.behaviour, $0.loss, escaped($0.group)])
      }
      lines.append("")
    }
    return lines + causes.worst.map { "- \(escaped($0))" } + [""]
  }

  private func arrivals(_ model: ModelReport) -> [String] {
    guard !model.arrivals.isEmpty else { return [] }
    return [
      "## When labels come\n", row(ArrivalNote.titles), row(["---", "---:", "---:", "---:"]),
    ]
      + model.arrivals.map { row($0.cells.map(escaped)) } + [""]
  }

  private func notes(_ model: ModelReport) -> [String] {
    let events = model.events.map { "- \($0.when): \(escaped($0.what))" }
    let identifiers = model.features.filter { $0.kind == .identifier }
    var lines = identifiers.map {
      "- `\($0.name)` is taken for an identifier: \(escaped($0.reason ?? "declared"))"
    }
    lines += model.issues.map { issue in
      let rows = issue.rows > 0 ? "\(NumberText.grouped(issue.rows)) " : ""
      return "- \(issue.kind.rawValue), \(escaped(issue.subject)): \(rows)\(escaped(issue.message))"
    }
    return (events.isEmpty ? [] : ["## What happened\n"] + events + [""])
      + (lines.isEmpty ? [] : ["## Data issues\n"] + lines + [""])
  }

  private func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  /// Text from the data must not become markup.
  private func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      if "\\`*_{}[]<>|#".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }
}
