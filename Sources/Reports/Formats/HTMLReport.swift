// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Foundation
import Mustache
import Profiles
import Statistics

/// The report as one self-contained page: styles, script, chart library and data are in it.
struct HTMLReport {
  let chartLibrary: String?

  func render(_ report: Report) throws -> String {
    let template = try MustacheTemplate(string: Template.report)
    let page: [String: Any] = [
      "asOf": report.asOf.description,
      "style": Template.style,
      "chartLibrary": chartLibrary as Any,
      "hasCharts": chartLibrary != nil,
      "script": Template.charts,
      "data": try Self.data(report),
      "models": report.models.enumerated().map { Self.model($1, number: $0) },
      "isEmpty": report.models.isEmpty,
    ]
    return template.render(page)
  }

  private static func model(_ model: ModelReport, number: Int) -> [String: Any] {
    let tables = ReportTables(model: model)
    return [
      "name": model.model,
      "version": model.version,
      "number": number,
      "reference": model.reference.map { reference in
        "\(reference.ranges.map(ReportTables.range).joined(separator: ", ")) · "
          + "\(NumberText.grouped(reference.rows)) rows · bins #\(reference.number)"
          + (reference.kind.text.map { " · \($0)" } ?? "")
      } ?? "none",
      "hasAdvice": model.advice != nil,
      "advice": model.advice?.action.text ?? "",
      "adviceReason": model.advice?.reason ?? "",
      "isQuiet": model.advice?.action == .nothing,
      "map": model.advice?.map.map {
        "\($0.formula), from \(NumberText.grouped($0.rows)) \($0.basis)"
      } ?? "",
      "hasMap": model.advice?.map != nil,
      "setAside": model.advice?.setAside ?? [],
      "hasAlerts": !model.alerts.isEmpty,
      "alerts": model.alerts.listed.map { alert in
        [
          "state": alert.state.rawValue, "severity": alert.severity.rawValue, "name": alert.name,
          "number": alert.number.map { "#\($0)" } ?? "", "standing": alert.standing,
          "since": String(alert.since.description.prefix(10)), "reason": alert.reason,
        ]
      },
      "otherAlerts": model.alerts.others.joined(separator: " "),
      "hasOtherAlerts": !model.alerts.others.isEmpty,
      "jobs": model.jobs.map(\.line),
      "hasJobs": !model.jobs.isEmpty,
      "groups": tables.groups.enumerated().map { index, group in
        self.group(
          tables,
          kind: group.kind,
          windows: group.windows,
          hidden: group.hidden,
          number: "\(number)-\(index)"
        )
      },
      "identifiers": model.features.filter { $0.kind == .identifier }.map {
        ["name": $0.name, "reason": $0.reason ?? "declared"]
      },
      "events": model.events.map { ["when": $0.when, "what": $0.what, "kind": $0.kind.rawValue] },
      "arrivalTitles": ArrivalNote.titles.dropFirst().map(\.self),
      "arrivals": model.arrivals.map { ["name": $0.name, "cells": Array($0.cells.dropFirst())] },
      "hasArrivals": !model.arrivals.isEmpty,
      "hasEvents": !model.events.isEmpty,
      "faults": model.issues.map { fault in
        [
          "kind": fault.kind.rawValue, "subject": fault.subject,
          "rows": fault.rows > 0 ? NumberText.grouped(fault.rows) : "",
          "message": fault.message,
        ]
      },
      "hasNotes": !model.issues.isEmpty || model.features.contains { $0.kind == .identifier },
      "hasReliability": model.charts.reliability != nil,
      "reliabilityWindow": model.charts.reliability.map { ReportTables.range($0.window) } ?? "",
      "distributions": model.charts.distributions.enumerated().map { index, distribution in
        [
          "feature": distribution.feature, "id": "distribution-\(number)-\(index)",
          "window": ReportTables.range(distribution.window),
        ]
      },
      "hasDistributions": !model.charts.distributions.isEmpty,
    ]
  }

  private static func group(
    _ tables: ReportTables,
    kind: WindowSpec,
    windows: [WindowEvaluation],
    hidden: Int,
    number: String
  ) -> [String: Any] {
    let episodes = tables.episodes(in: windows)
    let newest = windows.last
    let features = tables.drifting(in: windows, limit: 40)
    let causes = CauseTable(windows)
    return [
      "kind": kind.description, "number": number, "hidden": hidden, "hasHidden": hidden > 0,
      "headline": headline(windows),
      "isGood": episodes.isEmpty,
      "newest": newest.map(ReportTables.name) ?? "",
      "titles": ReportTables.performance.map(\.heading),
      "windows": windows.map { window in
        [
          "name": ReportTables.name(window), "rows": NumberText.grouped(window.rows),
          "maturity": ReportTables.maturity(window),
          "cells": ReportTables.performance.map { check in
            cell(window.finding(check))
          },
        ] as [String: Any]
      },
      "heatWindows": windows.map(ReportTables.name),
      "heat": ([Subject.scoreName] + features).map { feature in
        [
          "feature": feature,
          "cells": windows.map { window in
            heat(
              window.finding(feature == Subject.scoreName ? .scorePSI : .psi, feature)
            )
          },
        ] as [String: Any]
      },
      "estimates": ReportTables.estimates(windows),
      "early": ReportTables.earlyDetection(windows),
      "hasCauses": causes != nil,
      "why": causes?.summary ?? "",
      "hasCauseRows": !(causes?.rows(12).isEmpty ?? true),
      "causes": (causes?.rows(12) ?? []).map {
        [
          "subject": $0.subject, "recall": $0.recall, "behaviour": $0.behaviour, "loss": $0.loss,
          "group": $0.group,
        ]
      },
      "worst": causes?.worst ?? [],
      "hasFindings": !episodes.isEmpty,
      "more": episodes.count > 60 ? "and \(episodes.count - 60) more; --format json has all" : "",
      "findings": episodes.prefix(60).map { episode in
        let finding = episode.newest
        return [
          "window": episode.when, "severity": episode.severity.rawValue,
          "verdict": finding.verdict.rawValue, "check": finding.reading.check.rawValue,
          "subject": finding.reading.subject, "segment": finding.reading.segment ?? "",
          "reason": finding.reason, "rule": finding.rule ?? "",
          "sample": NumberText.grouped(finding.reading.sample.current),
        ]
      },
    ]
  }

  /// One sentence for who reads nothing else.
  private static func headline(_ windows: [WindowEvaluation]) -> String {
    guard let newest = windows.last else { return "There is no window to report on." }
    func count(_ verdict: Verdict) -> Int {
      windows.count { $0.findings.contains { $0.verdict == verdict } }
    }
    let (decayed, drifted) = (count(.decay), count(.drift))
    guard decayed + drifted > 0 else {
      return "Nothing asks for action up to \(ReportTables.name(newest))."
    }
    return "Of \(windows.count) windows, performance was worse than in the reference in \(decayed) "
      + "and data drifted in \(drifted)."
  }

  private static func cell(_ finding: Finding?) -> [String: Any] {
    let interval = finding?.reading.interval.map {
      "\(NumberText.text($0.lower)) to \(NumberText.text($0.upper))"
    }
    return [
      "text": finding?.reading.value.map(NumberText.text) ?? "–",
      "interval": interval ?? "",
      "class": style(of: finding),
      "reason": finding?.reason ?? "",
    ]
  }

  private static func style(of finding: Finding?) -> String {
    guard let finding else { return "none" }
    if finding.verdict.isBad { return finding.severity?.rawValue ?? "warning" }
    if finding.verdict.cannotJudge { return "unclear" }
    return finding.verdict == .ok ? "ok" : "none"
  }

  /// A cell of the heat table: five steps, from the tolerances in common use.
  private static func heat(_ finding: Finding?) -> [String: Any] {
    guard let value = finding?.reading.value else { return ["text": "–", "step": "empty"] }
    let step = [0.05, 0.1, 0.25, 0.5].count { value >= $0 }
    return [
      "text": NumberText.text(value), "step": "\(step)", "reason": finding?.reason ?? "",
      "mark": finding.map { $0.verdict.isBad ? "!" : "" } ?? "",
    ]
  }

  /// The charts' data as JSON that cannot end the script element it stands in.
  private static func data(_ report: Report) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(
      decoding: try encoder.encode(report.models.map(ChartJSON.Model.init)),
      as: UTF8.self
    )
    return text.replacing("<", with: "\\u003C")
  }
}
