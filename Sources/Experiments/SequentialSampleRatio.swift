// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// Whether arms have the sizes that were intended, tested again at every interim look.
///
/// The Bayes factor of a Dirichlet prior around the intended shares against these shares themselves
/// (M. Lindon, A. Malek 2020, arXiv 2011.03567). While customers are assigned as intended its
/// average is 1 at any interim look, so the chance that it ever exceeds 1 ∕ α is at most α (J.
/// Ville 1939), however often one looks; the test of `SampleRatio` holds at one interim look only.
package struct SequentialSampleRatio: Sendable {
  /// Arms with a positive intended share, and the share of all of them.
  package let arms: [(name: String, share: Double)]
  /// Concentrations of the priors: the customers after which a departure is seen best.
  ///
  /// A single large one sees a gross mismatch late, a single small one a slight mismatch. The
  /// average of factors that are each 1 on average is one too, and is never below a third of the
  /// best.
  private let concentrations: [Double]

  /// A test of intended shares, which need not sum to 1, for a planned number of customers.
  package init(shares: [String: Double], planned: Int) {
    let intended = shares.filter { $0.value > 0 && $0.value.isFinite }
    let sum = intended.values.reduce(0, +)
    arms = intended.sorted { $0.key < $1.key }.map { ($0.key, $0.value / sum) }
    concentrations = [100, 10, 1].map { max(1, Double(planned) / $0) }
  }

  /// Returns the logarithm of the evidence against the intended shares: 0 for none, above 6.9 for
  /// p < 0.001.
  ///
  /// - `counts`: All customers until the interim look by arm; those of arms without a share do not
  ///   count.
  package func logEvidence(_ counts: [String: Int]) -> Double {
    guard arms.count > 1 else { return 0 }
    let seen = arms.map { Double(max(0, counts[$0.name] ?? 0)) }
    let total = seen.reduce(0, +)
    let expected = zip(seen, arms).reduce(0.0) { $0 + $1.0 * log($1.1.share) }
    let factors = concentrations.map { concentration in
      zip(seen, arms).reduce(lgamma(concentration) - lgamma(concentration + total) - expected) {
        let prior = concentration * $1.1.share
        return $0 + lgamma(prior + $1.0) - lgamma(prior)
      }
    }
    let highest = factors.max() ?? 0
    let mean = factors.reduce(0.0) { $0 + exp($1 - highest) } / Double(factors.count)
    return highest + log(mean)
  }

  /// Returns the p-value that holds at all interim looks at once.
  ///
  /// - `looks`: The counts at each interim look, each with the customers of those before.
  package func p(_ looks: [[String: Int]]) -> Double {
    exp(-(looks.map(logEvidence).reduce(0, max)))
  }
}
