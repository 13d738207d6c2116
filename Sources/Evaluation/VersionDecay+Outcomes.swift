// SPDX-License-Identifier: Apache-2.0
import Checks
package import Profiles

/// Which buckets have labels of the age at which decay is evaluated.
extension VersionDecay {
  /// Whether all predictions of a bucket have the label age that is evaluated.
  package func isOfAge(_ bucket: TimeRange) -> Bool {
    labelAge.map { bucket.to.advanced(by: $0) <= until } ?? false
  }

  /// The label age that is evaluated.
  package var labelAge: FixedDuration? { state?.followUp }

  /// The buckets whose labels have come of age, with what is known of them.
  package var outcomeRevisions: [(range: TimeRange, revision: OutcomeRevision)] {
    guard let age = labelAge, let end = state?.recallLayout.bins.ends.last else { return [] }
    return all.filter { isOfAge($0.range) }.map { cohort in
      let revision = OutcomeRevision(
        labelAge: age,
        truePositives: cohort.ages.labels(.positive, in: 0..<end, decision: .flagged),
        falseNegatives: cohort.ages.labels(.positive, in: 0..<end, decision: .unflagged),
        flagged: cohort.ages.predictions(.flagged)
      )
      return (cohort.range, revision)
    }
  }
}
