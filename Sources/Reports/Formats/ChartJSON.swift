// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Statistics

/// The data behind the charts of the page, in the shape that `charts.js` reads.
enum ChartJSON {
  struct Model: Encodable {
    let groups: [Group]
    let reliability: Reliability?
    let distributions: [Distribution]

    init(_ model: ModelReport) {
      let tables = ReportTables(model: model)
      // Charts show every window, tables only the newest that do not overlap.
      groups = tables.groups.map { group in
        Group(model.windows.filter { $0.kind == group.kind }, tables, events: model.events)
      }
      reliability = model.charts.reliability.map(Reliability.init)
      distributions = model.charts.distributions.map(Distribution.init)
    }
  }

  struct Group: Encodable {
    let labels: [String]
    let mature: [Bool]
    let performance: [Series]
    let drift: [Series]
    let churn: [Series]
    /// By window, the alerts that fired in it.
    let alerts: [[String]]

    init(_ windows: [WindowEvaluation], _ tables: ReportTables, events: [EventNote]) {
      let fired = events.filter { $0.kind == .alert }
      alerts = windows.map { window in
        fired.filter { alert in
          alert.from < window.range.to && (alert.until.map { window.range.from < $0 } ?? true)
        }.map(\.text)
      }
      labels = windows.map(ReportTables.name)
      mature = windows.map(\.isMature)
      performance = [CheckName.recall, .precision, .auc].map { check in
        Series(check.heading, windows.map { $0.finding(check) })
      }
      let features = tables.drifting(in: windows, limit: 5)
      drift =
        [Series("score", windows.map { $0.finding(.scorePSI) })]
        + features.map { name in Series(name, windows.map { $0.finding(.psi, name) }) }
      let observed = Series(
        CheckName.prevalence.heading,
        windows.map { $0.finding(.prevalence) }
      )
      var predicted = Series(
        "mean score",
        windows.map { $0.finding(.calibrationLevel) }
      )
      predicted.value = windows.map { window in
        window.finding(.calibrationLevel)?.reading.details
          .first { $0.name == "mean_score" }?.value
      }
      predicted.lower = []
      predicted.upper = []
      predicted.reference = nil
      churn = [observed, predicted]
    }
  }

  struct Series: Encodable {
    let name: String
    var value: [Double?]
    var lower: [Double?]
    var upper: [Double?]
    var reference: Double?

    init(_ name: String, _ findings: [Finding?]) {
      self.name = name
      value = findings.map { $0?.reading.value }
      lower = findings.map { $0?.reading.interval?.lower }
      upper = findings.map { $0?.reading.interval?.upper }
      reference = findings.compactMap { $0?.reading.reference }.last
    }
  }

  struct Reliability: Encodable {
    let points: [[Double]]
    let reference: [[Double]]

    init(_ reliability: ChartData.Reliability) {
      func rows(_ points: [ChartData.Reliability.Point]) -> [[Double]] {
        points.map { [$0.score, $0.observed, $0.lower, $0.upper, Double($0.count)] }
      }
      points = rows(reliability.points)
      reference = rows(reliability.reference)
    }
  }

  struct Distribution: Encodable {
    let labels: [String]
    let reference: [Double]
    let current: [Double]

    init(_ distribution: ChartData.Distribution) {
      labels = distribution.labels
      reference = distribution.reference
      current = distribution.current
    }
  }
}
