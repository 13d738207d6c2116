// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Scan
import Settings

extension RowReader {
  /// Reads predictions with what was known of their outcomes at a moment.
  package func labels(
    _ range: TimeRange,
    edges: [Instant],
    asOf: Instant,
    _ binning: Binning
  ) async throws -> LabelCounts {
    let segments = binning.segments.map(\.column)
    return try await labels(edges: edges, binning, isChange: false) {
      try await $0.labels(range, asOf: asOf, segments: segments)
    }
  }

  /// Reads the predictions of a range whose labels may differ between two moments, and returns what
  /// must be added to the counts of the first to get those of the second.
  ///
  /// - Complexity: O(outcomes that arrived in between + predictions whose horizon passed), given
  ///   indexes on the predictions' key and time and on the outcomes' key and time.
  package func labelChanges(
    _ range: TimeRange,
    edges: [Instant],
    from before: Instant,
    to after: Instant,
    _ binning: Binning
  ) async throws -> LabelCounts {
    guard before < after else { return [:] }
    let segments = binning.segments.map(\.column)
    return try await labels(edges: edges, binning, isChange: true) {
      try await $0.labelChanges(range, from: before, to: after, segments: segments)
    }
  }

  private func labels(
    edges: [Instant],
    _ binning: Binning,
    isChange: Bool,
    _ sql: @Sendable (Statements) async throws -> String?
  ) async throws -> LabelCounts {
    guard source.outcomes != nil else { return [:] }
    var hasVersion = false
    if case .column = source.model.predictions.version { hasVersion = true }
    let scanner = LabelScanner(
      binning: binning,
      hasVersion: hasVersion,
      isChange: isChange,
      bucketEdges: edges,
      constantVersion: source.constantVersion
    )
    return try await stream(name: "stream_labels", into: scanner) {
      try await sql($0) ?? ""
    }.finish()
  }
}
