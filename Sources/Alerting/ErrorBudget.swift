// SPDX-License-Identifier: Apache-2.0
package import Profiles
import Statistics

/// How many false alerts are accepted, and what follows for each test.
///
/// Every test of an evaluation, over features, segments and kinds of window, and every evaluation
/// of a month, gets the same part. The expected number of false alerts is then at most the budget
/// whatever depends on what: windows that overlap, features that move together, one reference for
/// all (C. Bonferroni, 1936).
package struct ErrorBudget: Sendable, Hashable {
  /// False alerts a month that are accepted where every feature sits just at its tolerance.
  package let falseAlertsPerMonth: Double
  /// New windows of the kind in a month.
  package let evaluationsPerMonth: Double
  /// Kinds of window that share the budget.
  package let windowKinds: Int
  /// Windows a month that say something new of performance: of windows that overlap four count for
  /// each that does not.
  package private(set) var independentPerMonth: Double

  package static let usual = 0.1
  /// No test is made at a larger chance than this, however few there are.
  private static let largest = 0.05
  private static let daysPerMonth = 30.436_875

  package init(falseAlertsPerMonth: Double, evaluationsPerMonth: Double, windowKinds: Int) {
    self.falseAlertsPerMonth = falseAlertsPerMonth
    self.evaluationsPerMonth = evaluationsPerMonth
    self.windowKinds = windowKinds
    independentPerMonth = evaluationsPerMonth
  }

  /// The budget of one kind of window.
  ///
  /// - `bucketsPerDay`: A sliding window ends with every bucket.
  package init(
    falseAlertsPerMonth: Double,
    _ window: WindowSpec,
    bucketsPerDay: Int,
    windowKinds: Int
  ) {
    let evaluations =
      switch window {
      case .sliding: Self.daysPerMonth * Double(bucketsPerDay)
      case .week: Self.daysPerMonth / 7
      case .month: 1.0
      }
    self.init(
      falseAlertsPerMonth: falseAlertsPerMonth,
      evaluationsPerMonth: evaluations,
      windowKinds: windowKinds
    )
    if case .sliding(let days) = window {
      independentPerMonth = min(evaluations, 4 * Self.daysPerMonth / Double(days))
    }
  }

  /// The same budget, divided among so many that evaluate.
  package func shared(by count: Int) -> ErrorBudget {
    var shared = ErrorBudget(
      falseAlertsPerMonth: falseAlertsPerMonth,
      evaluationsPerMonth: evaluationsPerMonth * Double(max(1, count)),
      windowKinds: windowKinds
    )
    shared.independentPerMonth = independentPerMonth * Double(max(1, count))
    return shared
  }

  /// The chance at which each of so many tests of performance is made, on one side: a budget as
  /// large as that of drift, and never a larger chance than that of an interval that is printed.
  package func performanceLevel(tests: Int) -> Double {
    let all = Double(max(1, tests)) * max(1, independentPerMonth)
    return min((1 - Confidence.standard) / 2, falseAlertsPerMonth / all)
  }

  /// The chance at which each of so many tests of an evaluation is made.
  package func level(tests: Int) -> Double {
    let all = Double(max(1, tests)) * max(1, evaluationsPerMonth) * Double(max(1, windowKinds))
    return min(Self.largest, falseAlertsPerMonth / all)
  }
}

/// The false discovery rate of tests that are made together.
package enum FalseDiscoveryRate {
  /// Returns the level at which each test is to be made so that among those that reject at most a
  /// share `rate` is expected to be wrong.
  ///
  /// The step-up procedure of Y. Benjamini and Y. Hochberg (Journal of the Royal Statistical
  /// Society B 57, 1995), for tests that are independent or depend positively; rate / tests where
  /// nothing is rejected.
  ///
  /// - Complexity: O(tests · log tests).
  package static func level(_ p: [Double], rate: Double) -> Double {
    let sorted = p.sorted()
    let count = Double(max(1, p.count))
    let rejected = sorted.indices.last { sorted[$0] <= rate * Double($0 + 1) / count }
    return rate * Double((rejected ?? 0) + 1) / count
  }
}
