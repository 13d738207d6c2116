// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// A share of a feature's rows beside the reference's, each with Wilson's interval.
enum Share {
  static func reading(
    _ check: CheckName,
    count: Int,
    of current: FeatureCounts,
    referenceCount: Int,
    ofReference reference: FeatureCounts
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
