// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Profiles
import Statistics

/// The share of customers without the event by day, one step curve for each arm, as SVG that needs
/// no script.
struct SurvivalPicture {
  private let curves: [(arm: String, steps: [KaplanMeier.Step])]
  private let horizon: Double

  init(_ result: ExperimentResult) {
    curves = result.survival.filter { !$0.steps.isEmpty }
    horizon = max(1, result.primary.horizon.days)
  }

  /// Empty where there is nothing to draw.
  var svg: String {
    guard let lowest = curves.flatMap(\.steps).map(\.interval.lower).min() else { return "" }
    // The axis begins at a round number below the lowest band, so that differences can be seen; it
    // says so.
    let bottom = max(0, ((lowest - 0.01) * 20).rounded(.down) / 20)
    func x(_ day: Double) -> String {
      String(format: "%.1f", 44 + 640 * min(day, horizon) / horizon)
    }
    func y(_ share: Double) -> String {
      String(format: "%.1f", 12 + 200 * (1 - share) / max(1e-9, 1 - bottom))
    }
    var parts: [String] = []
    for part in 0...4 {
      let share = bottom + (1 - bottom) * Double(part) / 4
      parts.append(
        "<line class=\"grid\" x1=\"44\" x2=\"684\" y1=\"\(y(share))\" y2=\"\(y(share))\"/>"
          + "<text x=\"38\" y=\"\(y(share))\" class=\"left\">\(String(format: "%.0f", 100 * share)) %</text>"
      )
      let day = horizon * Double(part) / 4
      parts.append(
        "<text x=\"\(x(day))\" y=\"230\" class=\"below\">\(String(format: "%.0f", day)) d</text>"
      )
    }
    for (number, curve) in curves.enumerated() {
      var line = "M\(x(0)),\(y(1))"
      var (upper, lower) = (["\(x(0)),\(y(1))"], ["\(x(0)),\(y(1))"])
      var last = (share: 1.0, upper: 1.0, lower: 1.0)
      for step in curve.steps {
        let day = x(Double(step.day))
        line += "H\(day)V\(y(step.survival))"
        upper += ["\(day),\(y(last.upper))", "\(day),\(y(step.interval.upper))"]
        lower += ["\(day),\(y(last.lower))", "\(day),\(y(step.interval.lower))"]
        last = (step.survival, step.interval.upper, step.interval.lower)
      }
      let band = (upper + lower.reversed()).joined(separator: " ")
      parts.append("<polygon class=\"band c\(number % 4)\" points=\"\(band)\"/>")
      parts.append("<path class=\"curve c\(number % 4)\" d=\"\(line)\"/>")
      parts.append(
        "<text class=\"name c\(number % 4)\" x=\"\(56 + 150 * number)\" y=\"\(204)\">\(Self.escaped(curve.arm))</text>"
      )
    }
    return
      "<svg class=\"survival\" viewBox=\"0 0 700 240\" role=\"img\" aria-label=\"share of customers without the event by day and arm\">"
      + parts.joined() + "</svg>"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
