// SPDX-License-Identifier: Apache-2.0
import Drift
import Findings
import Profiles

/// How many predictions there are, and how much windows of the reference differ among themselves.
extension Measurement {
  /// Predictions a day, in the window and in the reference; a count has no interval.
  func volume(
    _ range: TimeRange,
    _ features: FeatureProfile,
    _ key: ModelSeries.Key,
    _ slice: ReferenceSlice
  ) -> Reading {
    func days(_ range: TimeRange) -> Double {
      Double(range.to.microseconds - range.from.microseconds) / 86_400e6
    }
    guard features.rows > 0 else {
      return Reading(
        .volume,
        subject: Subject.scoreName,
        sample: Reading.Sample(current: 0),
        obstacle: .noData("there are no predictions in the window")
      )
    }
    let mine = series.series[key]
    let rows = mine?.rows(in: slice) ?? 0
    let length = slice.days
    guard rows > 0, length > 0 else {
      var reading = Reading(
        .volume,
        subject: Subject.scoreName,
        value: Double(features.rows) / days(range),
        sample: Reading.Sample(current: features.rows)
      )
      reading.obstacle = .noReference("the reference has no rows of this version")
      return reading
    }
    var reading = Reading(
      .volume,
      subject: Subject.scoreName,
      value: Double(features.rows) / days(range),
      reference: Double(rows) / length,
      sample: Reading.Sample(current: features.rows, reference: rows)
    )
    // Days without a prediction, of those that the reference makes one expect.
    let busy = mine?.busyBuckets(in: slice) ?? 0
    let expected = Double(busy) / length * days(range)
    let found = Double(mine?.busyBuckets(in: range) ?? 0)
    reading.details = [
      Reading.Detail("busy_buckets", found), Reading.Detail("expected_busy_buckets", expected),
    ]
    if found < 0.8 * expected {
      reading.note =
        "\(Int(found)) buckets have predictions where \(NumberText.text(expected)) were expected"
    }
    return reading
  }

  /// The factors of the features, and of the score, by the reference's windows of a length, or of a quarter
  /// of the reference where it is not four such windows long.
  func makeDispersions(_ key: ModelSeries.Key, _ kind: WindowSpec) -> [Double] {
    func windows(_ versions: [String]) -> [FeatureProfile] {
      references.still(for: key.version).flatMap { range -> [FeatureProfile] in
        var parts: [Int64: FeatureProfile] = [:]
        for version in versions {
          guard let part = series.series[ModelSeries.Key(version: version, segment: key.segment)]
          else { continue }
          let found = part.features(in: range, parts: Overdispersion.fewest, days: kind.days)
          parts.merge(found) { first, second in
            var sum = first
            sum.merge(second)
            return sum
          }
        }
        return parts.sorted { $0.key < $1.key }.map(\.value)
      }
    }
    // As the reference itself: the version's own rows, else those of all.
    let own = windows([key.version])
    let windows = own.contains { $0.rows > 0 } ? own : windows(series.versions)
    let offsets = binning.offsets
    return (0...binning.features.count).map { index in
      Overdispersion.factor(windows.map { $0.feature(index, of: binning, offsets: offsets) })
    }
  }
}
