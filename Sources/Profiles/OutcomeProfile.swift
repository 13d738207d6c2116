// SPDX-License-Identifier: Apache-2.0

/// What became of the predictions of a version in a bucket, window or reference, feature by
/// feature.
///
/// Whether a customer churned is decided by what was known when the prediction had a certain *label
/// age*, so that a young window and an old reference are alike. Counts are kept by the few groups
/// of each feature, not by its bins. Additive.
package struct OutcomeProfile: Sendable, Hashable {
  /// Entries of the confusion matrix that are counted; all others are customers left alone who were
  /// not known to churn.
  package enum Confusion: Int, CaseIterable, Sendable {
    /// Flagged churners, churners who were not flagged, and flagged customers not known to churn.
    case truePositive, falseNegative, falsePositive
  }

  /// The counts by kind, then by subject and group: `docs/internals/count-layout.md` draws them.
  package private(set) var values: [Int]

  /// An empty profile.
  package init(_ layout: GroupLayout) {
    values = Array(repeating: 0, count: Confusion.allCases.count * layout.length)
  }

  /// A profile from its vector; nil when the length is not that of the layout.
  package init?(_ layout: GroupLayout, values: [Int]) {
    guard values.count == Confusion.allCases.count * layout.length else { return nil }
    self.values = values
  }

  /// Counts what was found of the predictions of one confusion.
  ///
  /// - `levels`: Rows of each segment's levels in order.
  package mutating func add(
    _ confusion: Confusion,
    _ profile: FeatureProfile,
    levels: [Int],
    in layout: GroupLayout
  ) {
    let start = confusion.rawValue * layout.length
    let counts = layout.counts(profile, levels: levels)
    for (index, count) in counts.enumerated() { values[start + index] += count }
  }

  package mutating func merge(_ other: OutcomeProfile) { values.add(other.values) }

  /// Returns the counts of one kind by the groups of a subject.
  package func counts(
    _ confusion: Confusion,
    of subject: GroupLayout.Subject,
    in layout: GroupLayout
  )
    -> [Int]
  {
    let start = confusion.rawValue * layout.length + subject.offset
    return Array(values[start..<(start + subject.groupCount)])
  }
}

/// Where the counts of each subject lie: the segments' levels, the features' groups, then the
/// score's.
package struct GroupLayout: Sendable {
  /// A feature, the score, or a segment column that is no feature.
  package struct Subject: Sendable {
    package let name: String
    package let offset: Int
    package let groupCount: Int
    /// Names of the groups for people.
    package let label: @Sendable (Int) -> String
    /// Whether it is a segment.
    package let isSegment: Bool
  }

  package private(set) var subjects: [Subject] = []
  package private(set) var length = 0
  private let binning: Binning
  private let offsets: [Int]
  private let groups: [[Int]]

  package init(_ binning: Binning) {
    self.binning = binning
    offsets = binning.offsets
    let features = binning.features + [binning.scoreFeature]
    groups = features.map(\.kind.binGroups)
    for segment in binning.segments {
      let levels = segment.allLevels
      add(segment.column, groups: levels.count, isSegment: true) { levels[$0] }
    }
    for feature in features {
      let kind = feature.kind
      add(feature.name, groups: kind.groupCount, isSegment: false) { kind.label(ofGroup: $0) }
    }
  }

  private mutating func add(
    _ name: String,
    groups: Int,
    isSegment: Bool,
    _ label: @escaping @Sendable (Int) -> String
  ) {
    let subject = Subject(
      name: name,
      offset: length,
      groupCount: groups,
      label: label,
      isSegment: isSegment
    )
    subjects.append(subject)
    length += groups
  }

  /// Returns the counts of all subjects' groups.
  ///
  /// - `levels`: Rows of each segment's levels in order.
  package func counts(_ profile: FeatureProfile, levels: [Int]) -> [Int] {
    precondition(levels.count == binning.segments.reduce(0) { $0 + $1.allLevels.count })
    var sums = levels
    sums.reserveCapacity(length)
    for (index, groups) in groups.enumerated() {
      let start = sums.count
      sums += Array(repeating: 0, count: subjects[binning.segments.count + index].groupCount)
      for (bin, group) in groups.enumerated() {
        sums[start + group] += profile.counts[offsets[index] + bin]
      }
    }
    return sums
  }
}
