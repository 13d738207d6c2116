// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Scan
package import Settings
import SourceTables
import Store

/// Profiles a model's whole log in memory: the scan alone, for measuring it.
package struct ScanProfiler: Sendable {
  private let runtime: Runtime
  private let source: Source
  private let made: MadeBins
  private let edges: [Instant]

  /// A profiler with bins from the model's reference.
  package init(_ runtime: Runtime, _ model: ModelSettings) async throws {
    self.runtime = runtime
    source = try await runtime.resolve(model)
    let references = ReferenceRanges(
      ranges: model.reference.ranges.map { ($0.version, $0.range) },
      reason: "",
      grid: model.grid
    )
    var inspection = InputInspection()
    let maker = BinMaker(
      runtime: runtime,
      source: source,
      reader: runtime.reader(source, dropsRepeats: false),
      references: references
    )
    let year = FixedDuration(days: 365)
    guard let made = try await maker.make(asOf: .distantFuture, &inspection),
      let range = TimeRange(from: made.from, to: made.from.advanced(by: year))
    else {
      throw NoReference(
        model: model.name,
        reason: inspection.issues.last?.message
      )
    }
    self.made = made
    edges = model.grid.edges(covering: range)
  }

  /// Profiles every row and returns how many there were.
  package func profile(streams: Int) async throws -> Int {
    let reader = RowReader(
      source,
      streams: streams,
      dropsRepeats: false,
      open: runtime.openForReading,
      progress: { _ in }
    )
    let columns = ColumnMatch(made.binning, source)
    guard let from = edges.first, let to = edges.last, let range = TimeRange(from: from, to: to)
    else { return 0 }
    return try await reader.profiles(
      range,
      edges: edges,
      layout: source.layout(features: columns.usable, segments: source.model.segments),
      made.binning,
      isWhole: true
    ).rows
  }
}
