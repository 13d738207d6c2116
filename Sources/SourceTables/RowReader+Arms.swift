// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Scan

extension RowReader {
  /// Reads the labels of a range by what a campaign did to the customers.
  package func arms(
    _ range: TimeRange,
    edges: [Instant],
    asOf: Instant,
    _ binning: Binning
  ) async throws -> [BucketKey: [ArmCounts]] {
    let scanner = LabelScanner(
      binning: Binning(features: [], score: binning.score, segments: []),
      hasVersion: true,
      bucketEdges: edges,
      constantVersion: source.constantVersion
    )
    let found = try await stream(name: "stream_arms", into: scanner) {
      try await $0.armedLabels(range, asOf: asOf) ?? ""
    }.finish()
    var arms: [BucketKey: [ArmCounts]] = [:]
    for (key, profiles) in found {
      guard let labels = profiles.first else { continue }
      // A version may have separators of its own: the last two parts are the arm and the stratum.
      let parts = key.version.split(separator: "\u{1F}", omittingEmptySubsequences: false)
      guard parts.count >= 3, let arm = Arm(rawValue: String(parts[parts.count - 2])) else {
        throw RowDecodingError(
          statement: "stream_arms",
          column: "version",
          row: 0,
          expected: "a version, an arm and a stratum",
          found: "'\(key.version)'"
        )
      }
      let version = parts.dropLast(2).joined(separator: "\u{1F}")
      arms[BucketKey(version: version, bucket: key.bucket), default: []].append(
        ArmCounts(arm: arm, stratum: String(parts[parts.count - 1]), labels: labels)
      )
    }
    return arms
  }
}
