// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Whether arms were alike before, customers were reached, and the metric is the one it was.
extension ExperimentAnalysis {
  /// A larger share of customers in another campaign blocks the verdict.
  private static let toleratedOverlap = 0.1

  func furtherHealth(_ health: inout HealthNotes) {
    metricHealth(&health)
    balanceHealth(&health)
    exposureHealth(&health)
    guard input.elsewhere > 0 else { return }
    let all = input.cells.reduce(input.contaminated + input.elsewhere) { $0 + $1.assigned }
    let share = Double(input.elsewhere) / Double(max(1, all))
    health.note(
      "overlap",
      share > Self.toleratedOverlap ? .blocked : .warning,
      text:
        "\(Self.shown(input.elsewhere, of: all)) customers are in another campaign at that time and left out"
        + (share > Self.toleratedOverlap
          ? ": those who are left are no fair sample; who plans campaigns must part them" : "")
    )
  }

  /// A metric that is chosen after its outcome was seen proves nothing.
  private func metricHealth(_ health: inout HealthNotes) {
    let now = input.metrics[0].specification
    guard let first = input.looks.log.first, first.metric != now, !now.isEmpty else { return }
    let day = first.at.description.prefix(10)
    health.note(
      "metric",
      .blocked,
      text:
        "the primary metric, its horizon or its table was another one at the first look on \(day): put it back, or "
        + "give the campaign another name and say why"
    )
  }

  private func balanceHealth(_ health: inout HealthNotes) {
    // A ratio has its denominator where the covariate would be.
    guard input.hasCovariate, let metric = input.metrics.firstIndex(where: { $0.kind != .ratio }),
      let balance = PrePeriodBalance(
        control: sums(input.control, metric),
        treated: Dictionary(uniqueKeysWithValues: treatedArms.map { ($0, sums($0, metric)) })
      )
    else { return }
    guard let worst = balance.arms.min(by: { $0.p < $1.p }) else { return }
    let size = worst.standardisedDifference.map {
      " by \(($0 * 1000).rounded() / 1000) standard deviations"
    }
    health.note(
      "balance",
      balance.isImbalanced ? .blocked : .ok,
      text: balance.isImbalanced
        ? "'\(worst.name)' differed from the control before the campaign\(size ?? "") (\(Self.text(worst.p))): "
          + "chance did not decide who is in which arm; who assigns must find out what did"
        : "the arms were alike before (\(Self.text(worst.adjustedP)))"
    )
  }

  private func exposureHealth(_ health: inout HealthNotes) {
    guard input.hasExposures else { return }
    func reached(_ arms: [String]) -> (count: Int, share: Double) {
      let cells = input.cells.filter { arms.contains($0.arm) }
      let count = cells.reduce(0) { $0 + $1.reached }
      return (count, Double(count) / Double(max(1, cells.reduce(0) { $0 + $1.assigned })))
    }
    func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
    let treated = reached(treatedArms)
    let control = reached([input.control])
    guard treated.count > 0 else {
      health.note(
        "exposure",
        .blocked,
        text:
          "nobody of the treated was reached: is the table of 'exposures' complete? Who runs the campaign must say"
      )
      return
    }
    let leaked = control.share > 0.05
    health.note(
      "exposure",
      leaked ? .blocked : treated.share < 0.5 || control.count > 0 ? .warning : .ok,
      text: "\(percent(treated.share)) of the treated were reached"
        + (control.count > 0
          ? ", and \(Self.shown(control.count)) of the control\(leaked ? ": who runs the campaign must find out why" : "")"
          : "") + "; the effect is of all who were assigned"
    )
  }
}
