// SPDX-License-Identifier: Apache-2.0

/// How old predictions are when their label becomes known, in strata whose borders never change.
package enum LabelAge {
  /// The upper ends of the strata in days; stratum i holds ages in (upper(i − 1), upper(i)].
  ///
  /// As with the horizon, a label of exactly an age is inside: jobs write labels whole days after
  /// the prediction.
  package static let uppers = [
    1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 17, 21, 25, 30, 37, 45, 60, 75, 90, 120, 150, 180, 240, 300,
    365, 545, 730,
  ]
  /// The stratum of greater ages.
  package static let older = uppers.count
  /// The stratum of labels that no outcome row gave: the horizon passed.
  package static let byAbsence = uppers.count + 1
  package static let count = uppers.count + 2

  private static let microsecondsPerDay: Int64 = 86_400_000_000

  /// Returns the stratum of an age in seconds; labels older than their prediction are of age 0.
  package static func stratum(seconds: Double) -> Int {
    uppers.firstIndex { Double($0) * 86_400 >= seconds } ?? older
  }

  /// The age at which a stratum is over.
  package static func end(_ stratum: Int) -> FixedDuration {
    FixedDuration(microseconds: Int64(uppers[stratum]) * microsecondsPerDay)
  }

  /// The age at which a stratum is over for predictions whose labels are final at a horizon.
  package static func end(_ stratum: Int, horizon: FixedDuration) -> FixedDuration {
    stratum < uppers.count ? min(end(stratum), horizon) : horizon
  }

  /// The stratum in which a horizon lies: the last that has labels.
  package static func last(within horizon: FixedDuration) -> Int {
    stratum(seconds: Double(horizon.microseconds) / 1e6)
  }

  /// Returns the largest stratum whose labels are all known at an age, of labels that are final at
  /// a horizon; nil where none is.
  package static func last(endingBy age: FixedDuration, horizon: FixedDuration) -> Int? {
    age >= horizon ? last(within: horizon) : last(endingBy: age)
  }

  /// Returns the largest stratum that is over at an age; nil where none is.
  package static func last(endingBy age: FixedDuration) -> Int? {
    uppers.lastIndex { Int64($0) * microsecondsPerDay <= age.microseconds }
  }
}

/// Predictions of a bucket by band, and their labels by band and age.
///
/// A *band* is a decile or point mass of the reference's scores together with the decision. Whole
/// numbers that add and subtract exactly. Counts that were not read are empty, which stands for
/// zeros.
package struct LabelAges: Sendable {
  /// What was decided of a prediction.
  package enum Decision: Int, CaseIterable, Sendable { case unflagged, flagged, undecided }

  /// What is known of a prediction.
  package enum Label: Int, CaseIterable, Sendable { case positive, negative }

  /// Predictions by band, then labels by stratum and band, positive ones first;
  /// `docs/internals/count-layout.md` draws it.
  package private(set) var values: [Int32]
  private var bandCount: Int

  package static let zero = LabelAges(values: [], bandCount: 0)

  private init(values: [Int32], bandCount: Int) {
    self.values = values
    self.bandCount = bandCount
  }

  /// Counts from their vector; nil when its length is not that of the groups.
  package init?(groupCount: Int, values: [Int]) {
    let bandCount = Self.bandCount(groupCount)
    guard values.count == Self.length(bandCount) else { return nil }
    self.init(values: values.map(Int32.init(truncatingIfNeeded:)), bandCount: bandCount)
  }

  /// How many values the counts of so many score groups are.
  package static func length(groupCount: Int) -> Int { length(bandCount(groupCount)) }

  /// Groups of scores; a score without bins has one.
  private static func bandCount(_ groupCount: Int) -> Int {
    max(1, groupCount) * Decision.allCases.count
  }

  private static func length(_ bandCount: Int) -> Int {
    bandCount * (1 + Label.allCases.count * LabelAge.count)
  }

  package var groupCount: Int { bandCount / Decision.allCases.count }
  package var isZero: Bool { values.allSatisfy { $0 == 0 } }

  /// Predictions of a group of scores.
  package func predictions(_ group: Int, _ decision: Decision) -> Int {
    values.isEmpty ? 0 : Int(values[band(group, decision)])
  }

  /// Labels of a group of scores that became known in a stratum of ages.
  package func labels(_ label: Label, stratum: Int, group: Int, decision: Decision) -> Int {
    values.isEmpty ? 0 : Int(values[index(label, stratum) + band(group, decision)])
  }

  /// Labels of all groups, and of one decision, in a range of strata.
  package func labels(_ label: Label, in strata: Range<Int>, decision: Decision) -> Int {
    guard !values.isEmpty else { return 0 }
    var sum = 0
    for stratum in strata {
      let start = index(label, stratum)
      for group in 0..<groupCount { sum += Int(values[start + band(group, decision)]) }
    }
    return sum
  }

  /// Labels of one group, whatever the decision, in a range of strata.
  package func labels(_ label: Label, _ strata: Range<Int>, group: Int) -> Int {
    guard !values.isEmpty else { return 0 }
    var sum = 0
    for stratum in strata {
      for decision in Decision.allCases {
        sum += labels(label, stratum: stratum, group: group, decision: decision)
      }
    }
    return sum
  }

  /// Predictions of one group, whatever the decision.
  package func predictions(group: Int) -> Int {
    Decision.allCases.reduce(0) { $0 + predictions(group, $1) }
  }

  /// Predictions of one decision.
  package func predictions(_ decision: Decision) -> Int {
    (0..<groupCount).reduce(0) { $0 + predictions($1, decision) }
  }

  private func band(_ group: Int, _ decision: Decision) -> Int {
    group * Decision.allCases.count + decision.rawValue
  }

  private func index(_ label: Label, _ stratum: Int) -> Int {
    bandCount * (1 + label.rawValue * LabelAge.count + stratum)
  }

  /// Counts one prediction.
  ///
  /// - `label`: With the stratum of the age at which it became known; nil while it is not.
  /// - `weight`: 1 to count it, −1 to take it back.
  package mutating func count(
    group: Int,
    of groupCount: Int,
    isFlagged: Bool?,
    label: (Label, stratum: Int)?,
    weight: Int32
  ) {
    if values.isEmpty {
      bandCount = Self.bandCount(groupCount)
      values = Array(repeating: 0, count: Self.length(bandCount))
    }
    let decision: Decision = isFlagged.map { $0 ? .flagged : .unflagged } ?? .undecided
    let band = band(group, decision)
    values[band] += weight
    if let label { values[index(label.0, label.stratum) + band] += weight }
  }

  package mutating func merge(_ other: LabelAges) {
    guard !values.isEmpty else {
      self = other
      return
    }
    guard !other.values.isEmpty else { return }
    precondition(bandCount == other.bandCount, "counts of one binning only")
    for index in values.indices { values[index] += other.values[index] }
  }

  package mutating func subtract(_ other: LabelAges) {
    guard !other.values.isEmpty else { return }
    if values.isEmpty {
      (values, bandCount) = (Array(repeating: 0, count: other.values.count), other.bandCount)
    }
    for index in values.indices { values[index] -= other.values[index] }
  }
}

extension LabelAges {
  /// The stored form: nothing at all where nothing was counted.
  package var stored: [UInt8] {
    values.isEmpty ? [] : CountCoding.encode(values.map(Int.init))
  }

  /// Counts from their stored form.
  ///
  /// - Throws: `CountCoding.Fault` where the bytes are not the counts of so many score groups.
  package init(stored bytes: [UInt8], groupCount: Int) throws {
    guard !bytes.isEmpty else {
      self = .zero
      return
    }
    let count = Self.length(groupCount: groupCount)
    guard
      let ages = LabelAges(
        groupCount: groupCount,
        values: try CountCoding.decode(bytes, count: count)
      )
    else { throw CountCoding.Fault.wrongLength }
    self = ages
  }
}

extension LabelAges: Hashable {
  /// Zeros that were never counted equal zeros that were.
  package static func == (left: LabelAges, right: LabelAges) -> Bool {
    if left.values.isEmpty { return right.isZero }
    if right.values.isEmpty { return left.isZero }
    return left.values == right.values
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(values.reduce(0) { $0 &+ Int($1) })
  }
}
