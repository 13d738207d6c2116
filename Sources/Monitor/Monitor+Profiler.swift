// SPDX-License-Identifier: Apache-2.0
import Profiles
import Scan
package import Settings
import Store
import YAMLSource

extension Monitor {
  /// Profiles a model's whole log in memory: the scan alone, for measuring it.
  package struct Profiler: Sendable {
    fileprivate let monitor: Monitor
    fileprivate let source: Source
    fileprivate let made: MadeCells
    fileprivate let edges: [Instant]

    /// Profiles every row and returns how many there were.
    package func profile(streams: Int) async throws -> Int {
      let reader = RowReader(
        source,
        streams: streams,
        dropsRepeats: false,
        open: monitor.openForReading,
        progress: { _ in }
      )
      let columns = ColumnMatch(made.binning, source)
      guard let from = edges.first, let to = edges.last, let range = TimeRange(from: from, to: to)
      else { return 0 }
      return try await reader.profiles(
        range,
        edges: edges,
        source.layout(features: columns.usable, segments: source.model.segments.map(\.value)),
        made.binning,
        isWhole: true
      ).rows
    }
  }

  /// Returns a profiler with cells from the model's reference.
  package func profiler(_ model: ModelSettings) async throws -> Profiler {
    let connection = try await openForReading()
    let source = try await source(model, connection)
    let references = ReferenceRanges(
      ranges: model.reference.ranges.map { ($0.version, $0.range) },
      reason: "",
      grid: model.grid
    )
    var inspection = InputInspection()
    let made = try await makeCells(
      source,
      reader(source, dropsRepeats: false),
      references,
      asOf: .distantFuture,
      &inspection
    )
    guard let made,
      let range = TimeRange(
        from: made.from,
        to: made.from.advanced(by: FixedDuration(microseconds: 365 * 86_400_000_000))
      )
    else { throw NoReference(model: model.name.value, reason: inspection.faults.last?.message) }
    return Profiler(
      monitor: self,
      source: source,
      made: made,
      edges: model.grid.edges(covering: range)
    )
  }
}
