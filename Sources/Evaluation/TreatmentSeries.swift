// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// Who was treated, of the buckets of a model.
package struct TreatmentSeries: Sendable {
  package let campaign: String
  private let buckets: [String: [StoredBucket<ArmCounts>]]

  /// The arms of buckets, in any order; each bucket once for each arm and stratum.
  package init(campaign: String, _ buckets: [StoredBucket<ArmCounts>]) {
    self.campaign = campaign
    self.buckets = Dictionary(grouping: buckets, by: \.version)
  }

  /// Returns the outcomes of a window by arm; nil where it is not known of all buckets who was
  /// treated.
  ///
  /// - Parameters:
  ///   - range: The window.
  ///   - labels: Its buckets with predictions.
  ///   - version: Whose.
  ///   - binCount: Bins of the score.
  /// - Returns: Strata in order of name; those of other versions count nothing.
  /// - Complexity: O(buckets · bins).
  package func outcomes(
    in range: TimeRange,
    _ labels: Set<TimeRange>,
    version: String,
    binCount: Int
  ) -> ArmedOutcomes? {
    let mine = (buckets[version] ?? []).filter { range.contains($0.bucket) }
    guard labels.isSubset(of: Set(mine.map(\.bucket))) else { return nil }
    let empty = LabelProfile(binCount: binCount)
    var untouched = empty
    var strata: [String: ArmedOutcomes.Stratum] = [:]
    for counts in mine.map(\.counts) {
      let none = ArmedOutcomes.Stratum(control: empty, treated: empty)
      switch counts.arm {
      case .none: untouched.merge(counts.labels)
      case .control: strata[counts.stratum, default: none].control.merge(counts.labels)
      case .treated: strata[counts.stratum, default: none].treated.merge(counts.labels)
      }
    }
    return ArmedOutcomes(
      untouched: untouched,
      strata: strata.sorted { $0.key < $1.key }.map(\.value)
    )
  }
}
