// SPDX-License-Identifier: Apache-2.0

/// How one feature's values become counts.
package enum FeatureKind: Sendable, Hashable, Codable {
  case numeric(NumericBinning)
  case category(CategoryBinning)
  case identifier(IdentifierBinning)

  package var binCount: Int {
    switch self {
    case .numeric(let binning): binning.binCount
    case .category(let binning): binning.binCount
    case .identifier: IdentifierBinning.binCount
    }
  }

  /// What a feature is taken for.
  package enum Name: String, Sendable, Hashable { case numeric, category, identifier }

  package var name: Name {
    switch self {
    case .numeric: .numeric
    case .category: .category
    case .identifier: .identifier
    }
  }
}

/// A feature's name with its bins.
package struct FeatureBinning: Sendable, Hashable, Codable {
  package let name: String
  package let kind: FeatureKind

  package init(name: String, kind: FeatureKind) {
    self.name = name
    self.kind = kind
  }
}

/// A segment column with the levels that are followed; everything else is "other".
package struct SegmentBinning: Sendable, Hashable, Codable {
  package let column: String
  package let levels: [String]

  /// Levels that are followed, at most.
  package static let levelLimit = 20
  package static let otherLevel = "(other)"

  package init(column: String, levels: [String]) {
    self.column = column
    // A level that is called like the rest is counted with it.
    self.levels = levels.filter { $0 != Self.otherLevel }
  }

  /// The levels' names with "other" last.
  package var allLevels: [String] { levels + [Self.otherLevel] }
}

/// Everything that turns rows into counts, frozen from a reference and versioned.
///
/// The counts of all features lie in one vector: each feature's bins in turn, then the score's.
/// `docs/internals/count-layout.md` draws it.
package struct Binning: Sendable, Hashable, Codable {
  package let features: [FeatureBinning]
  package let score: NumericBinning
  package let segments: [SegmentBinning]

  package init(features: [FeatureBinning], score: NumericBinning, segments: [SegmentBinning]) {
    self.features = features
    self.score = score
    self.segments = segments
  }

  /// Where each feature's bins begin in the vector of counts; one more for the score's.
  package var offsets: [Int] {
    features.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.kind.binCount) }
  }

  /// The length of the vector of counts.
  package var binCount: Int {
    features.reduce(score.binCount) { $0 + $1.kind.binCount }
  }

  /// The names of all segments' levels, `column=level`.
  package var segmentNames: [String] {
    segments.flatMap { segment in segment.allLevels.map { "\(segment.column)=\($0)" } }
  }

  /// The score as a feature, for tests that compare distributions.
  package var scoreFeature: FeatureBinning {
    FeatureBinning(name: Subject.scoreName, kind: .numeric(score))
  }
}

/// Names that are not features but can be subjects of a reading.
package enum Subject {
  package static let scoreName = "score"
  package static let outcomeName = "outcome"
  /// Names that no feature can have.
  package static let reserved: Set<String> = [scoreName, outcomeName]
}
