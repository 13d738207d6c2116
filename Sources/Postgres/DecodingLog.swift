// SPDX-License-Identifier: Apache-2.0
private import Synchronization

/// Which columns of which statements were decoded in a task; for the test that all of them are.
package final class DecodingLog: Sendable {
  /// Where decoding is noted; nil for nowhere.
  @TaskLocal package static var current: DecodingLog?

  private let seen = Mutex<[String: Set<String>]>([:])

  package init() {}

  /// The names of the columns that were decoded, by statement.
  package var columns: [String: Set<String>] { seen.withLock { $0 } }

  func add(_ columns: [String], of statement: String) {
    seen.withLock { $0[statement, default: []].formUnion(columns) }
  }
}
