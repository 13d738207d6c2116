// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Scan
import Settings
import YAMLSource

extension RowReader {
  /// Between a version and a fate; no version can be told from another by it.
  private static let separator: Character = "\u{1F}"

  /// Reads what became of the predictions of a range, by bucket and version.
  ///
  /// Only churners and flagged customers are sent.
  ///
  /// - `labelAge`: Churners are those who were known to be ones at this age.
  /// - `asOf`: What was known then.
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
    let scanned = try await stream(name: "stream_fates", into: scanner) {
      try await $0.fates(range, asOf: asOf, labelAge: labelAge, streamed) ?? ""
    }
    let groups = GroupLayout(binning)
    var found: [BucketKey: OutcomeProfile] = [:]
    for (key, profiles) in scanned.finish() {
      guard let mark = key.version.lastIndex(of: Self.separator),
        let fate = OutcomeProfile.Fate(word: key.version[key.version.index(after: mark)...])
      else { continue }
      let name = BucketKey(version: String(key.version[..<mark]), bucket: key.bucket)
      found[name, default: OutcomeProfile(groups)].add(
        fate,
        profiles[0],
        levels: profiles.dropFirst().map(\.rows),
        groups
      )
    }
    return found
  }
}

extension OutcomeProfile.Fate {
  /// The fate that a statement's word means.
  fileprivate init?(word: Substring) {
    switch word {
    case "caught": self = .caught
    case "missed": self = .missed
    case "flagged": self = .falseAlarm
    default: return nil
    }
  }
}
