// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Statistics

/// How often what was estimated before labels came held the figure that they then gave.
struct EstimateRecord {
  let estimate: CheckName
  let realised: CheckName
  /// Windows whose realised figure lay within the estimate's band, of those that have both.
  let within: Int
  let windows: Int

  private static let pairs: [(estimate: CheckName, realised: CheckName)] = [
    (.estimatedRecall, .recall), (.estimatedAUC, .auc), (.estimatedPrevalence, .prevalence),
  ]

  /// Returns the records of windows that do not overlap, as far as their labels are mature; the
  /// reference's own windows do not count, since the estimates come from them.
  static func records(_ windows: [WindowEvaluation]) -> [EstimateRecord] {
    pairs.compactMap { pair in
      let held = windows.compactMap { window -> Bool? in
        guard window.isMature, !window.reference.contains(where: { $0.overlaps(window.range) }),
          let estimate = window.findings.first(where: {
            $0.reading.check == pair.estimate && $0.reading.segment == nil
          })?.reading.interval,
          let realised = window.finding(pair.realised)?.reading.value
        else { return nil }
        return estimate.lower <= realised && realised <= estimate.upper
      }
      guard !held.isEmpty else { return nil }
      return EstimateRecord(
        estimate: pair.estimate,
        realised: pair.realised,
        within: held.count(where: \.self),
        windows: held.count
      )
    }
  }

  /// `estimated-recall held the recall within its band in 11 of 12 windows`.
  var text: String {
    "\(estimate.rawValue) held the \(realised.rawValue) within its band in \(within) of \(windows) windows"
  }
}

extension ReportTables {
  /// What the estimates of windows were worth, in one sentence; empty where nothing can be said.
  static func estimates(_ windows: [WindowEvaluation]) -> String {
    let records = EstimateRecord.records(windows)
    guard let first = records.first else { return "" }
    let rest = records.dropFirst().map {
      "\($0.realised.rawValue) in \($0.within) of \($0.windows)"
    }
    return ([first.text] + rest).joined(separator: ", ")
      + "; estimates cannot see that customers of the same score churn at other rates"
  }
}
