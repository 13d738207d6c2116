// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles

extension Instant {
  init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }
}
