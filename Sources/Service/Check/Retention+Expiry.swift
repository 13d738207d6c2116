// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Settings
import Store

extension Retention {
  /// Bins that were replaced are kept this long, to look up what was found in them.
  private static let replacedBins = FixedDuration(days: 30)

  /// What has been kept long enough.
  ///
  /// The age of profiles is counted from the newest bucket with rows: a log that ended long ago is
  /// as worth keeping as on its last day.
  func expiry(_ bins: StoredBinning, _ history: ModelHistory) -> Expiry {
    let newest = min(history.activity.end ?? bins.keptFrom, history.closed)
    return Expiry(
      bins,
      profiles: history.plan.grid.lastEdge(atOrBefore: newest.advanced(by: -profiles)),
      findings: history.asOf.advanced(by: -findings),
      replacedBins: history.asOf.advanced(by: -Self.replacedBins),
      except: history.references.all
    )
  }
}
