// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// How many predictions there are.
extension Measurement {
  /// Returns predictions a day of 24 hours, in the window and in the reference; a count has no
  /// interval.
  ///
  /// - Parameters:
  ///   - range: The window.
  ///   - features: Its merged counts.
  ///   - key: The version and segment.
  ///   - slice: What it is compared with; a slice of weekdays counts those days only.
  /// - Returns: One reading, with the buckets that have predictions and those that should have.
  func volume(
    in range: TimeRange,
    _ features: FeatureProfile,
    of key: ModelSeries.Key,
    against slice: ReferenceSlice
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
}
