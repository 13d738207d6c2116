// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

extension Measurement {
  /// More treated predictions than this share make detectors, which know no weights, say nothing.
  private static let toleratedByDetectors = 0.05

  /// Returns readings of outcomes as they would be without the campaign.
  ///
  /// - Parameters:
  ///   - readings: As labels give them.
  ///   - kind: Whose design effects widen the intervals.
  ///   - range: The window.
  ///   - key: All rows are weighted by the hold-out; segments have none and are confounded.
  /// - Returns: The same readings in the same order; all as they were where no campaign is named.
  func untreated(
    _ readings: [Reading],
    _ kind: WindowSpec,
    in range: TimeRange,
    of key: ModelSeries.Key
  ) -> [Reading] {
    guard let treatments = history.treatments else { return readings }
    let all = ModelSeries.Key(version: key.version, segment: nil)
    let outcomes = treatments.outcomes(
      in: range,
      series.series[all]?.labelled(in: range) ?? [],
      version: key.version,
      binCount: binning.score.binCount
    )
    guard let outcomes else {
      // Detectors evaluate before that is known.
      return readings.map { reading in
        reading.check.definition.isDetector
          ? reading
          : reading.confounded(
            "it is not known of all predictions who was treated by '\(treatments.campaign)'"
          )
      }
    }
    guard key.segment == nil else {
      guard outcomes.treatedShare > HoldOutPerformance.tolerated else { return readings }
      return readings.map {
        $0.confounded(
          "customers were treated by '\(treatments.campaign)'; the hold-out covers all rows only"
        )
      }
    }
    let weighted = HoldOutPerformance.readings(
      readings,
      outcomes,
      campaign: treatments.campaign,
      design: customers.design(key.version, kind)
    )
    guard outcomes.treatedShare > Self.toleratedByDetectors else { return weighted }
    let share = NumberText.text(100 * outcomes.treatedShare)
    return weighted.map { reading in
      guard reading.check.definition.isDetector else { return reading }
      return reading.confounded(
        "\(share) % of the predictions' customers were treated by '\(treatments.campaign)'; the hold-out "
          + "says it when labels are final"
      )
    }
  }
}

extension Reading {
  /// The reading as one that must not be evaluated, unless that is so for another reason already.
  fileprivate func confounded(_ why: String) -> Reading {
    guard check.definition.isOutcome, obstacle == nil else { return self }
    var reading = self
    reading.obstacle = .confounded(why)
    return reading
  }
}
