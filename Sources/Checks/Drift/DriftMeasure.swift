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
  func compare(_ current: FeatureCounts, with reference: FeatureCounts) -> Reading
}

extension DriftMeasure {
  package func check(of subject: String) -> CheckName { name }
}
