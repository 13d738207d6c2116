// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
package import Retraining
import Statistics

extension TrialEvidence {
  /// What a trial has shown, for people.
  package var lines: [String] {
    func text(_ value: Double, percent: Bool = true) -> String {
      percent ? TrainingEffect.percent(value) : NumberText.text(value)
    }
    func line(_ name: String, _ figure: Comparison?, percent: Bool = true) -> String? {
      guard let figure else { return nil }
      func show(_ value: Double) -> String { text(value, percent: percent) }
      return "\(name): \(show(figure.challenger)), champion \(show(figure.champion)), difference "
        + "\(show(figure.difference)) (\(show(figure.lower)) to \(show(figure.upper)))"
    }
    var lines = [
      "\(challenger) beside \(champion) on predictions from \(from) to \(to): "
        + "\(NumberText.grouped(customers)) customers, \(NumberText.grouped(churners)) of them left; "
        + "intervals hold with \((confidence * 1000).rounded() / 10) % each"
    ]
    let list = "the top \((capacity * 1000).rounded() / 10) %"
    lines += [
      line("recall of \(list)", recall), line("AUC", auc, percent: false),
      calibration.map { figure in
        "observed less predicted churn: \(text(figure.challenger)) (\(text(figure.lower)) to "
          + "\(text(figure.upper))), champion \(text(figure.champion)), difference "
          + text(figure.difference)
      },
    ].compactMap(\.self)
    lines += segments.compactMap {
      line("recall of \(list) where \($0.name), \($0.churners) left", $0.recall)
    }
    if let obstacle { lines.append(obstacle) }
    return lines
  }
}

extension TrainingEffect {
  static func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }

  /// Whether it helped, for people.
  package var lines: [String] {
    func line(_ name: String, _ figure: Figure?) -> String? {
      figure.map { figure in
        let interval = figure.interval.map {
          " (\(Self.percent($0.lower)) to \(Self.percent($0.upper)))"
        }
        let day = { (moment: Instant) in String(moment.description.prefix(10)) }
        return
          "\(name) \(Self.percent(figure.value))\(interval ?? "") from \(day(figure.window.from)) to "
          + "\(day(figure.window.to))"
      }
    }
    func lines(_ version: String, _ performance: Performance) -> [String] {
      [
        line("\(version): recall", performance.recall),
        line("\(version): observed less predicted churn", performance.calibration),
      ].compactMap(\.self)
    }
    var all = ["\(verdict.rawValue): \(after.name) is \(after.state.rawValue) since \(after.since)"]
    all += trial?.lines ?? []
    all += lines("before, \(before)", then) + lines("after, \(after.name)", now)
    if let money {
      let text = { (value: Double) in NumberText.grouped(Int(value.rounded())) }
      let range = money.monthlyInterval
      let pays = money.months.map { ", and has paid after \(NumberText.text($0)) months" } ?? ""
      all.append(
        "money: \(text(money.caught)) more churners are flagged a month, at \(text(money.value)) each "
          + "\(text(money.monthly)) a month (\(text(range.lower)) to \(text(range.upper))); the "
          + "training cost \(text(money.cost))\(pays)"
      )
    }
    return all
  }
}
