// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation

extension ReportTables {
  /// Why decay is not detected before labels are final, in one sentence; empty where it is.
  static func earlyDetection(_ windows: [WindowEvaluation]) -> String {
    guard let newest = windows.last?.finding(.recallDecay) else { return "" }
    if newest.verdict == .noReference {
      return "decay is not detected before labels are final: \(newest.reason)"
    }
    guard newest.reading.detector?.hasNoPower ?? false else { return "" }
    return
      "decay of recall is not detected before labels are final: the recall of the reference is so "
      + "low that no fall is larger than what is tolerated"
  }
}
