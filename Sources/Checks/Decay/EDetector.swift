// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// Evidence that something has changed at an unknown time: a mixture of likelihood ratios over
/// alternatives and over times at which the change began.
///
/// Each start time has a weight, fixed in advance; the weights sum to one. A likelihood ratio from
/// a start on has a mean of at most 1 while nothing has changed, so their weighted sum has too, and
/// by Ville's inequality (J. Ville, 1939) it ever reaches 1/α with a probability of at most α,
/// however often it is evaluated. Start times that come late have most of their weight still before
/// them: a long quiet past costs the logarithm of its length, not the past's whole loss, as one
/// product would (J. Shin, A. Ramdas, A. Rinaldo, New England Journal of Statistics in Data
/// Science, 2023).
///
/// - Complexity: O(alternatives) for a step, in time and memory.
package struct EDetector: Sendable, Hashable, Codable {
  /// The weight of the first start time: most changes that matter are there from the beginning, or
  /// much later.
  private static let firstWeight = 0.6
  /// Later start times weigh as j^−1.3; ζ(1.3) is their sum.
  private static let exponent = 1.3
  private static let zeta = 3.931_949_211_809_544
  /// Trials between two start times: closer ones would share the weight and gain nothing.
  private static let spacing = 50.0

  /// For each alternative the logarithm of the weighted sum over start times; empty before the
  /// first step.
  private var logSums: [Double] = []
  private var starts = 0
  private var trialsSinceStart = 0.0
  /// The weight of the start times so far.
  private var spent = 0.0

  package init() {}

  private enum CodingKeys: String, CodingKey { case logSums, starts, trialsSinceStart, spent }

  /// The alternative with the most evidence; nil before the first step.
  package var leader: Int? { logSums.indices.max { logSums[$0] < logSums[$1] } }

  /// The logarithm of the evidence; 0 before the first step.
  package var logEvidence: Double {
    let rest = max(0, 1 - spent)
    guard let highest = logSums.max() else { return 0 }
    let scale = max(highest, 0)
    return scale + log(logSums.reduce(rest * exp(-scale)) { $0 + exp($1 - scale) })
  }

  /// Takes one step: all that became known at one moment.
  ///
  /// - `gains`: For each alternative the log-likelihood ratio of the step against the boundary of
  ///   the null hypothesis.
  /// - `priors`: The alternatives' shares, which sum to one.
  /// - `trials`: How many trials the step has.
  package mutating func advance(_ gains: [Double], priors: [Double], trials: Double) {
    if starts == 0 || trialsSinceStart >= Self.spacing {
      let weight =
        starts == 0
        ? Self.firstWeight
        : (1 - Self.firstWeight) * pow(Double(starts), -Self.exponent) / Self.zeta
      if starts == 0 {
        logSums = priors.map { log($0 * weight) }
      } else {
        for index in logSums.indices {
          logSums[index] = Self.logSum(logSums[index], log(priors[index] * weight))
        }
      }
      spent += weight
      starts += 1
      trialsSinceStart = 0
    }
    for index in logSums.indices { logSums[index] += gains[index] }
    trialsSinceStart += trials
  }

  private static func logSum(_ a: Double, _ b: Double) -> Double {
    let (low, high) = a < b ? (a, b) : (b, a)
    return high + log1p(exp(low - high))
  }
}
