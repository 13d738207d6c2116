// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
import Statistics

/// Whether scores still order customers as they did, by the churners known so far.
///
/// It tells a lost order, which only training brings back, from scores that lost their meaning.
///
/// A churner known so far is placed among the other customers of the same bucket, so that scores
/// that moved as a whole, from one day to the next, are no lost order. Of the others a share ε
/// will still become known: the area is then (A − ε / 2) / (1 − ε), since a churner is above
/// another as often as below. A constant factor on everybody's hazard changes no order, so that
/// this is right at any label age. The variance is that of the churners' placements (E. DeLong,
/// D. DeLong and D. Clarke-Pearson, Biometrics 44, 1988); there are many more others.
package struct OrderEvidence: Sendable, Hashable {
  /// What can be said.
  package enum Answer: String, Sendable { case lost, held, unclear }

  /// The area under the ROC curve now and before.
  package let value: Double
  package let before: Double
  /// The standard error of their difference.
  package let error: Double
  /// Churners known so far.
  package let churners: Int

  /// How far the area may fall without the order being lost.
  package static let tolerance = 0.03
  /// One-sided, at 97.5 %: several spans of one version are tried.
  private static let width = 1.96
  /// Fewer churners say nothing.
  static let fewest = 60

  /// What is known so far of the predictions of one bucket.
  package struct Bucket: Sendable {
    package let labels: LabelProfile
    /// The age up to which the labels are known; nil where they are final.
    package let age: FixedDuration?

    package init(_ labels: LabelProfile, age: FixedDuration?) {
      self.labels = labels
      self.age = age
    }
  }

  /// Compares two sets of predictions; nil where too few churners are known of either.
  ///
  /// - Parameters:
  ///   - current: What is known of the newer ones, by bucket.
  ///   - reference: What is known of those before, by bucket.
  ///   - binning: The bins of scores of both.
  ///   - prevalence: The share of customers who churn in the end, as far as is known.
  ///   - ages: How the order depends on the age of labels; nil where that is not known.
  /// - Complexity: O(buckets · bins).
  package init?(
    _ current: [Bucket],
    against reference: [Bucket],
    _ binning: NumericBinning,
    prevalence: Double,
    ages: OrderByAge? = nil
  ) {
    guard let mine = Self.area(current, binning, prevalence: prevalence, ages: ages),
      let theirs = Self.area(reference, binning, prevalence: prevalence, ages: ages)
    else { return nil }
    value = mine.area
    before = theirs.area
    error = (mine.variance + theirs.variance).squareRoot()
    churners = current.reduce(0) { $0 + $1.labels.positives }
  }

  private static func area(
    _ buckets: [Bucket],
    _ binning: NumericBinning,
    prevalence: Double,
    ages: OrderByAge?
  ) -> (area: Double, variance: Double)? {
    var (offset, offsetError) = (0.0, 0.0)
    var (churners, placed, squares) = (0.0, 0.0, 0.0)
    var (others, unknown, customers) = (0.0, 0.0, 0.0)
    for bucket in buckets {
      let profile = bucket.labels
      let rest = Double(profile.predictions - profile.positives)
      guard rest > 0 else { continue }
      others += rest
      unknown += Double(profile.sum(.unknown))
      customers += Double(profile.predictions)
      if let ages, let age = bucket.age {
        let shift = ages.offset(age)
        offset += Double(profile.positives) * shift.value
        offsetError += Double(profile.positives) * shift.error
      }
      var below = 0.0
      for bin in NumericBinning.below...binning.above {
        let positives = Double(profile[.positive, bin])
        let inside = Double(profile[.negative, bin] + profile[.unknown, bin])
        let place = (below + inside / 2) / rest
        churners += positives
        placed += positives * place
        squares += positives * place * place
        below += inside
      }
    }
    guard churners >= Double(fewest), others >= Double(fewest) else { return nil }
    let mean = placed / churners
    let variance = max(0, squares / churners - mean * mean) / (churners - 1)
    let toCome = min(unknown, max(0, prevalence * customers - churners))
    let share = min(0.5, toCome / others)
    let area = OrderByAge.corrected(mean, unknown: share) - offset / churners
    // One reference shifts all buckets alike, so that their errors add up.
    let shared = offsetError / churners
    return (min(1, area), variance / ((1 - share) * (1 - share)) + shared * shared)
  }

  package var answer: Answer {
    let fall = before - value
    if fall - Self.width * error > Self.tolerance { return .lost }
    return fall < Self.tolerance && fall + Self.width * error < 2 * Self.tolerance
      ? .held : .unclear
  }

  /// One sentence for people.
  package var text: String {
    let figures =
      "AUC of the \(NumberText.grouped(churners)) churners known so far is "
      + "\(NumberText.text(value)), it was \(NumberText.text(before))"
    return switch answer {
    case .lost: "the order is lost: \(figures)"
    case .held: "the order holds: \(figures)"
    case .unclear: "whether the order is lost cannot be said yet: \(figures)"
    }
  }
}
