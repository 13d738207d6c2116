// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// A measure of how far a feature's distribution has moved from its reference.
///
/// A new measure is one file and one line in `DriftMeasures.all`, beside its `CheckName` and its
/// row in `CheckCatalog`. What counts as drift is not decided here: rules have the tolerances
/// (`alerts/churn.rules.yaml`), and `DistanceThresholdTest` grants what chance can do.
package protocol DriftMeasure: Sendable {
  var name: CheckName { get }

  /// The check that the measure is when it is taken of a subject.
  func check(of subject: String) -> CheckName

  /// Whether the measure means anything for a kind of feature.
  func applies(to kind: FeatureKind) -> Bool

  /// Compares two profiles of one feature; both have rows.
  ///
  /// - `context`: What is known of how much they differ without drift.
  func compare(
    _ current: FeatureCounts,
    with reference: FeatureCounts,
    in context: DriftContext
  ) -> Reading
}

/// What is known of how much a feature's rows differ where nothing has drifted.
package struct DriftContext: Sendable {
  /// Rows for each independent one, of the window and of the reference, from 1 up: customers who
  /// are scored again say less than others would.
  package var designEffect: (current: Double, reference: Double)
  /// How much the reference's own windows differ; nil where it has too few.
  package var spread: ReferenceSpread?

  /// Nothing is known, or rows are independent.
  package init(
    designEffect: (current: Double, reference: Double) = (1, 1),
    spread: ReferenceSpread? = nil
  ) {
    self.designEffect = designEffect
    self.spread = spread
  }
}

extension DriftMeasure {
  /// Compares two profiles of independent rows, of which nothing else is known.
  package func compare(_ current: FeatureCounts, with reference: FeatureCounts) -> Reading {
    compare(current, with: reference, in: DriftContext())
  }

  package func check(of subject: String) -> CheckName { name }
}
