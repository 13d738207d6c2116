// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Scan
import Settings

extension RowReader {
  /// A day for training rows, which have no time of their own.
  private static let day = (Instant(microseconds: 946_684_800_000_000), "2000-01-01")

  /// Reads the training rows and returns what was seen of them.
  package func trainingReference(_ layout: RowLayout) async throws -> ReferenceScanner {
    let layout = Self.real(layout)
    return try await stream(name: "stream_training", into: ReferenceScanner(layout: layout)) {
      try await $0.training(layout, day: Self.day.1)
    }
  }

  /// The layout with numbers as doubles, so that training rows may be finer than the log.
  private static func real(_ layout: RowLayout) -> RowLayout {
    let numbers: Set<ColumnType> = [.float4, .int16, .int32, .int64, .numeric]
    var real = layout
    real.features = layout.features.map { column in
      numbers.contains(column.type) ? RowLayout.Column(name: column.name, type: .float8) : column
    }
    return real
  }

  /// Reads the training rows and returns their profiles.
  package func trainingProfiles(
    _ layout: RowLayout,
    _ binning: Binning
  ) async throws -> TrainingProfiles {
    guard case .training(let settings) = source.model.reference else { return [:] }
    var layout = Self.real(layout)
    layout.hasVersion = settings.version != nil
    let streamed = layout
    let scanner = ProfileScanner(
      layout: layout,
      binning: binning,
      bucketEdges: [Self.day.0, Self.day.0.advanced(by: .day)],
      constantVersion: ""
    )
    let found = try await stream(name: "stream_training", into: scanner) {
      try await $0.training(streamed, day: Self.day.1)
    }.finish()
    let segments: [String?] = [nil] + binning.segmentNames
    var profiles: TrainingProfiles = [:]
    for (key, targets) in found {
      for (segment, profile) in zip(segments, targets) where profile.rows > 0 {
        // Rows without a version, and rows of a version without a name, are the same.
        var sum = profiles[key.version]?[segment] ?? FeatureProfile(binCount: binning.binCount)
        sum.merge(profile)
        profiles[key.version, default: [:]][segment] = sum
      }
    }
    return profiles
  }
}

extension Statements {
  /// Streams the training rows in a layout's order, under the names that the log's columns have.
  ///
  /// Scores that a model gives to the rows it was trained on are too good and are not read.
  func training(_ layout: RowLayout, day: String) async throws -> String {
    guard case .training(let settings) = source.model.reference, let relation = source.training
    else { return "" }
    let predictions = source.model.predictions
    var columns = ["timestamptz '\(day) 12:00+00' as \(try await name(predictions.time))"]
    func add(_ expression: String, _ column: String) async throws {
      columns.append("\(expression) as \(try await name(column))")
    }
    let score = source.predictions.column(predictions.score)?.type ?? "float8"
    try await add("null::\(score)", predictions.score)
    var version = "null::text"
    if let column = settings.version { version = try await name(column) + "::text" }
    columns.append("\(version) as plumbline_version")
    // Numbers keep what is behind their point, whatever the log's column can hold.
    let numbers = Set(layout.features.filter { $0.type == .float8 }.map(\.name))
    var names = layout.segments + layout.features.map(\.name)
    if case .json(let column) = source.model.features { names.append(column) }
    for name in Set(names).sorted() {
      let known = source.predictions.column(name)
      var type = known.map { $0.isEnum ? "text" : $0.type } ?? "text"
      if numbers.contains(name), known?.isNumber ?? false { type = "float8" }
      try await add("\(try await self.name(name))::\(type)", name)
    }
    if layout.hasIdentifier { try await add("null::text", predictions.id) }
    let condition = settings.condition.map { "(\($0))" } ?? "true"
    return try await rows(
      layout,
      from:
        "(select \(columns.joined(separator: ", ")) from \(relation.name) where \(condition)) as training",
      condition: "true"
    ) { _ in "plumbline_version" }
  }
}
