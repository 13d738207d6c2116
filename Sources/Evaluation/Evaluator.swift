// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
import Profiles

/// Evaluates windows of a model by rules: a pure function of what is known.
package struct Evaluator: Sendable {
  let rules: RuleEvaluator

  package init(_ rules: RuleEvaluator) { self.rules = rules }

  /// Measures windows against their reference and applies the rules; `advise` says what to do.
  ///
  /// - Parameters:
  ///   - history: With the counts of the windows and of their references.
  ///   - windows: What to evaluate; a version's windows in order of time.
  /// - Returns: One evaluation for each version, in order of name.
  /// - Complexity: O(windows · segments · (buckets · bins + rules)).
  package func evaluate(_ history: ModelHistory, _ windows: [WindowChoice]) -> [VersionEvaluation] {
    let measurement = Measurement(history, rules, kinds: Array(Set(windows.map(\.kind))))
    return Dictionary(grouping: windows, by: \.version).sorted { $0.key < $1.key }
      .map { version, choices in
        let evaluated = choices.map(measurement.window)
        return VersionEvaluation(
          version: version,
          windows: evaluated,
          reference: history.references.summary(
            for: version,
            rows: history.bins.referenceRows,
            number: history.bins.number
          ),
          charts: measurement.charts(evaluated, version: version)
        )
      }
  }
}
