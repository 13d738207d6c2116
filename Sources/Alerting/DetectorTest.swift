// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// Says what a detector that remembers has found.
struct DetectorTest {
  let watch: DetectorStatus

  /// Labels below which quiet means nothing.
  private static let fewest = 30

  init(_ watch: DetectorStatus) { self.watch = watch }

  func outcome(of value: Double, _ reading: Reading) -> Outcome {
    let compared =
      "\(reading.check.rawValue): \(NumberText.text(value)) where the reference had "
      + "\(NumberText.text(reading.reference ?? 0)) at the same label age"
    guard let alarm = watch.alarm else {
      if watch.hasNoPower {
        return Outcome(
          answer: .weakReference,
          threshold: watch.boundary,
          reason: "\(compared); the reference is too small to detect a decay of this size"
        )
      }
      if watch.seen < Self.fewest {
        return Outcome(
          answer: .unclear,
          threshold: watch.boundary,
          reason: "\(compared); \(watch.seen) labels have been evaluated so far"
        )
      }
      return Outcome(
        answer: .within,
        threshold: watch.boundary,
        reason: "\(compared); evidence \(NumberText.text(watch.evidence)), an alarm needs "
          + NumberText.text(1 / watch.alpha)
      )
    }
    let end = alarm.until.map { ", until \(Self.day($0))" } ?? ""
    return Outcome(
      answer: .beyond,
      threshold: watch.boundary,
      reason:
        "\(compared); beyond \(NumberText.text(watch.boundary)) since \(Self.day(alarm.since))"
        + "\(end), found on \(Self.day(alarm.detectedAt))"
    )
  }

  private static func day(_ instant: Instant) -> Substring { instant.description.prefix(10) }
}
