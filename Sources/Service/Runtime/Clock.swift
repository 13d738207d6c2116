// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Profiles

extension Instant {
  /// The present moment by this machine's clock.
  package static func now() -> Instant {
    Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
  }
}

extension FixedDuration {
  /// The number of seconds.
  var seconds: Double { Double(microseconds) / 1e6 }
}
