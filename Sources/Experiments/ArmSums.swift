// SPDX-License-Identifier: Apache-2.0

/// What is summed of one metric over the customers of an arm whose outcome is mature.
///
/// Centred sums, so that amounts of money do not cancel; parts merge to the whole (T. Chan, G.
/// Golub, R. LeVeque 1983).
package struct ArmSums: Sendable, Hashable, Codable {
  /// Customers.
  package private(set) var count: Int
  /// Mean of the metric; Σ(y − ȳ)².
  package private(set) var mean: Double
  package private(set) var squares: Double
  /// The same of the covariate, and Σ(x − x̄)(y − ȳ).
  package private(set) var covariateMean: Double
  package private(set) var covariateSquares: Double
  package private(set) var products: Double

  package init(
    count: Int,
    mean: Double,
    squares: Double,
    covariateMean: Double = 0,
    covariateSquares: Double = 0,
    products: Double = 0
  ) {
    self.count = count
    self.mean = mean
    self.squares = max(0, squares)
    self.covariateMean = covariateMean
    self.covariateSquares = max(0, covariateSquares)
    self.products = products
  }

  package static let empty = ArmSums(count: 0, mean: 0, squares: 0)

  /// Sums of a metric that is 0 or 1.
  package init(successes: Int, of count: Int) {
    let share = count > 0 ? Double(successes) / Double(count) : 0
    self.init(count: count, mean: share, squares: Double(count) * share * (1 - share))
  }

  /// The sum of the metric.
  package var total: Double { mean * Double(count) }
  /// Divisor n − 1; 0 for a single customer.
  package var variance: Double { count > 1 ? squares / Double(count - 1) : 0 }
  package var covariateVariance: Double {
    count > 1 ? covariateSquares / Double(count - 1) : 0
  }
  package var covariance: Double { count > 1 ? products / Double(count - 1) : 0 }

  package mutating func merge(_ other: ArmSums) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let (mine, theirs) = (Double(count), Double(other.count))
    let all = mine + theirs
    let (step, covariateStep) = (other.mean - mean, other.covariateMean - covariateMean)
    let weight = mine * theirs / all
    squares += other.squares + step * step * weight
    covariateSquares += other.covariateSquares + covariateStep * covariateStep * weight
    products += other.products + step * covariateStep * weight
    mean += step * theirs / all
    covariateMean += covariateStep * theirs / all
    count += other.count
  }
}
