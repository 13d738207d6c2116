// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Scan
import Settings

extension RowReader {
  /// Between a version and what became of a prediction; no version has it.
  private static let separator: Character = "\u{1F}"

  /// Reads what became of the predictions of a range, by bucket and version.
  ///
  /// Only churners and flagged customers are sent.
  ///
  /// - Parameters:
  ///   - range: The times of the predictions.
  ///   - edges: The starts of the buckets, then the end of the last.
  ///   - asOf: Outcomes that arrived before this moment are known.
  ///   - labelAge: Churners are those who were known to be ones at this age.
  ///   - features: The features to count by.
  ///   - binning: The bins to count in.
  /// - Returns: The counts; empty where there are no outcomes.
  /// - Throws: `ServerError`, or what the scanner refuses.
  package func outcomes(
    _ range: TimeRange,
    edges: [Instant],
    asOf: Instant,
    labelAge: FixedDuration,
    features: [RowLayout.Column],
    _ binning: Binning
  ) async throws -> [BucketKey: OutcomeProfile] {
    guard source.outcomes != nil else { return [:] }
    var layout = source.layout(features: features, segments: binning.segments.map(\.column))
    layout.hasVersion = true
    let scanner = ProfileScanner(
      layout: layout,
      binning: binning,
      bucketEdges: edges,
      constantVersion: source.constantVersion
    )
    let streamed = layout
    let scanned = try await stream(name: "stream_decided_rows", into: scanner) {
      try await $0.decidedRows(range, asOf: asOf, labelAge: labelAge, streamed) ?? ""
    }
    let groups = GroupLayout(binning)
    var found: [BucketKey: OutcomeProfile] = [:]
    for (key, profiles) in scanned.finish() {
      guard let split = key.version.lastIndex(of: Self.separator),
        let outcome = OutcomeProfile.Confusion(
          word: key.version[key.version.index(after: split)...]
        )
      else {
        throw RowDecodingError(
          statement: "stream_decided_rows",
          column: "version",
          row: 0,
          expected: "a version and what became of the prediction",
          found: "'\(key.version)'"
        )
      }
      let name = BucketKey(version: String(key.version[..<split]), bucket: key.bucket)
      found[name, default: OutcomeProfile(groups)].add(
        outcome,
        profiles[0],
        levels: profiles.dropFirst().map(\.rows),
        in: groups
      )
    }
    return found
  }
}

extension OutcomeProfile.Confusion {
  /// The entry that a statement's word means.
  fileprivate init?(word: Substring) {
    switch word {
    case "true_positive": self = .truePositive
    case "false_negative": self = .falseNegative
    case "false_positive": self = .falsePositive
    default: return nil
    }
  }
}
