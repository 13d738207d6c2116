// SPDX-License-Identifier: Apache-2.0
import Checks
import Statistics

/// What a comparison of two models says, for people who read nothing else.
package struct ModelVerdict: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case challengerBetter = "challenger-better"
    case championBetter = "champion-better"
    /// Not worse by more than the margin, and not shown to be better.
    case notWorse = "not-worse"
    case noDifference = "no-difference-shown"
    case cannotJudge = "cannot-judge"

    /// As people say it.
    package var text: String {
      switch self {
      case .challengerBetter: "challenger better"
      case .championBetter: "champion better"
      case .notWorse: "not worse by more than the margin"
      case .noDifference: "no difference shown"
      case .cannotJudge: "cannot judge"
      }
    }
  }

  package let kind: Kind
  /// The metric that it rests on.
  package let primary: ModelMetric
  /// The loss that would not matter, in the metric's own units.
  package let margin: Double
  package let sentence: String
}

extension ModelComparison {
  /// The fewest churners, and the fewest others, of whom a verdict is given.
  package static let fewestForVerdict = 50

  /// Evaluates the challenger by one metric, named before the outcomes were evaluated.
  ///
  /// All kinds rest on the one interval that is shown: better, or worse, where it leaves out 0; not
  /// worse by more than the margin where it lies above −margin (a one-sided test at 2.5 %).
  package func verdict(
    primary: ModelMetric = .recallAtCapacity,
    margin: Double = 0.02
  ) -> ModelVerdict {
    precondition(margin >= 0, "a margin is not negative")
    func verdict(_ kind: ModelVerdict.Kind, _ sentence: String) -> ModelVerdict {
      ModelVerdict(kind: kind, primary: primary, margin: margin, sentence: sentence)
    }
    if let why = tooFew() { return verdict(.cannotJudge, "Cannot judge: \(why).") }
    switch self[primary] {
    case .unavailable(let why): return verdict(.cannotJudge, "Cannot judge: \(why).")
    case .value(let difference):
      let improvement = difference.improvement
      let limit =
        primary == .recallAtCapacity
        ? "\((margin * 1000).rounded() / 10) points" : NumberText.text(margin)
      let figures = figures(difference)
      if improvement.lower > 0 {
        return verdict(.challengerBetter, "The challenger is better: \(figures).")
      }
      if improvement.upper < 0 {
        return verdict(.championBetter, "The champion is better: \(figures).")
      }
      if improvement.lower > -margin {
        return verdict(
          .notWorse,
          "The challenger is not worse by more than \(limit), nor shown to be better: \(figures)."
        )
      }
      return verdict(
        .noDifference,
        "No difference is shown, nor that the challenger is not worse by more than \(limit): "
          + "\(figures)."
      )
    }
  }

  private func tooFew() -> String? {
    let fewest = Self.fewestForVerdict
    guard churners < fewest || others < fewest else { return nil }
    let isShort = churners < fewest
    let each = isPaired ? "" : " for each model"
    return
      "\(fewest) customers who \(isShort ? "left" : "stayed") are needed\(each), and there are "
      + "\(isShort ? churners : others)"
  }

  private func figures(_ difference: ModelDifference) -> String {
    let values = [
      difference.challenger, difference.champion, difference.difference,
      difference.interval.lower, difference.interval.upper,
    ]
    if difference.metric == .recallAtCapacity {
      let percent = values.map { "\(($0 * 1000).rounded() / 10)" }
      let top = (100 * capacity).formatted(digits: 3)
      return "the challenger's list, the top \(top) % of customers, "
        + "finds \(percent[0]) % of churners and the champion's \(percent[1]) %, a difference of "
        + "\(percent[2]) points (95 %: \(percent[3]) to \(percent[4]))"
    }
    let name =
      switch difference.metric {
      case .auc: "AUC"
      case .logLoss: "log-loss (lower is better)"
      case .brier, .recallAtCapacity: "Brier score (lower is better)"
      }
    let text = values.map(NumberText.text)
    return "the challenger's \(name) is \(text[0]) and the champion's \(text[1]), a difference "
      + "of \(text[2]) (95 %: \(text[3]) to \(text[4]))"
  }
}
