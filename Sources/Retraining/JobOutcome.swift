// SPDX-License-Identifier: Apache-2.0

/// What came of a trigger.
package enum JobOutcome: Sendable, Hashable {
  case nothing
  case created(Int)
  /// The same evaluation made this job before.
  case duplicate(Int)
  case coalesced(into: Int)
  case suppressed(String)
}
