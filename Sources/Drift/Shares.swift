// SPDX-License-Identifier: Apache-2.0
package import Findings
package import Profiles
import Statistics

/// The share of missing values: NULL, NaN and the infinities, which are also given apart.
package struct MissingShare: DriftTest {
  package let name = CheckName.missing
  package init() {}
  package func applies(to kind: FeatureKind) -> Bool { true }

  package func compare(_ current: FeatureCounts, with reference: FeatureCounts) -> Reading {
    func count(_ feature: FeatureCounts) -> Int {
      guard case .numeric = feature.binning.kind else { return feature.missing }
      return feature.counts[..<NumericBinning.below].reduce(0, +)
    }
    var reading = Share.reading(name, current, count(current), reference, count(reference))
    if case .numeric = current.binning.kind {
      let infinite =
        current.counts[NumericBinning.negativeInfinity]
        + current.counts[NumericBinning.positiveInfinity]
      reading.details = [
        Reading.Detail("null", Double(current.missing)),
        Reading.Detail("nan", Double(current.counts[NumericBinning.notANumber])),
        Reading.Detail("infinite", Double(infinite)),
      ]
    }
    return reading
  }
}

/// The share of rows with a level that the reference did not have.
package struct NewValueShare: DriftTest {
  package let name = CheckName.newValues
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    switch kind {
    case .numeric: false
    case .category: true
    case .identifier(let binning): !binning.overflowed
    }
  }

  package func compare(_ current: FeatureCounts, with reference: FeatureCounts) -> Reading {
    let cell =
      switch current.binning.kind {
      case .category(let binning): binning.new
      case .identifier, .numeric: IdentifierBinning.new
      }
    return Share.reading(
      name,
      current,
      current.counts[cell],
      reference,
      reference.counts[cell]
    )
  }
}

/// The share of values below the smallest or above the largest of the reference.
package struct OutOfRangeShare: DriftTest {
  package let name = CheckName.outOfRange
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    if case .numeric = kind { return true }
    return false
  }

  package func compare(_ current: FeatureCounts, with reference: FeatureCounts) -> Reading {
    func ends(_ feature: FeatureCounts) -> (below: Int, above: Int) {
      (feature.counts[NumericBinning.below], feature.counts[feature.counts.count - 1])
    }
    let mine = ends(current)
    let theirs = ends(reference)
    var reading = Share.reading(
      name,
      current,
      mine.below + mine.above,
      reference,
      theirs.below + theirs.above
    )
    reading.details = [
      Reading.Detail("below", Double(mine.below)), Reading.Detail("above", Double(mine.above)),
    ]
    return reading
  }
}

/// A share of a feature's rows beside the reference's, each with Wilson's interval.
enum Share {
  static func reading(
    _ check: CheckName,
    _ current: FeatureCounts,
    _ count: Int,
    _ reference: FeatureCounts,
    _ referenceCount: Int
  ) -> Reading {
    let sample = Reading.Sample(current: current.rows, reference: reference.rows)
    guard let mine = Proportion(count, of: current.rows),
      let theirs = Proportion(referenceCount, of: reference.rows)
    else {
      return Reading(
        check,
        subject: current.binning.name,
        sample: sample,
        obstacle: .noData("no rows")
      )
    }
    return Reading(
      check,
      subject: current.binning.name,
      value: mine.value,
      interval: mine.wilsonInterval(),
      reference: theirs.value,
      referenceInterval: theirs.wilsonInterval(),
      sample: sample
    )
  }
}
