// SPDX-License-Identifier: Apache-2.0
import Profiles
import Scan
import Settings

/// What is fed with hostile bytes.
enum Target: UInt8, CaseIterable {
  case profile, packedProfile, jsonProfile, reference, labels, labelChanges, configuration, counts

  /// Feeds bytes; errors are what is wanted of them, crashes are not.
  func feed(_ bytes: [UInt8]) {
    switch self {
    case .profile: feed(bytes, profiler(isPacked: false, isJSON: false))
    case .packedProfile: feed(bytes, profiler(isPacked: true, isJSON: false))
    case .jsonProfile: feed(bytes, profiler(isPacked: false, isJSON: true))
    case .reference: feed(bytes, ReferenceScanner(layout: layout(isPacked: false, isJSON: false)))
    case .labels: feed(bytes, labeller(isChange: false))
    case .labelChanges: feed(bytes, labeller(isChange: true))
    case .configuration:
      _ = try? SettingsFile.read(text: String(decoding: bytes, as: UTF8.self), file: "fuzz.yaml")
        .settings
    case .counts: _ = try? CountCoding.decode(bytes, count: 64)
    }
  }

  private func feed(_ bytes: [UInt8], _ scanner: some RowScanner) {
    var scanner = scanner
    // A stream comes in messages: the input is cut in two.
    let half = bytes.count / 2
    let first = Array(bytes[..<half])
    let second = Array(bytes[half...])
    do {
      try unsafe scanner.scan(bytes.span.bytes)
      try unsafe scanner.scan(first.span.bytes)
      try unsafe scanner.scan(second.span.bytes)
    } catch {
      // The error says what is wrong with the stream.
    }
  }

  private func layout(isPacked: Bool, isJSON: Bool) -> RowLayout {
    let types: [ColumnType] =
      isPacked
      ? [.float8, .float8, .float8, .float8, .text]
      : [
        .float8, .text, .int16, .int32, .int64, .float4, .numeric, .bool, .date, .timestamp,
      ]
    var layout = RowLayout(
      hasVersion: true,
      score: .float8,
      segments: ["plan"],
      features: isJSON
        ? [] : types.enumerated().map { RowLayout.Column(name: "f\($0)", type: $1) },
      isJSON: isJSON
    )
    if isPacked { layout.pack() }
    return layout
  }

  private func profiler(isPacked: Bool, isJSON: Bool) -> ProfileScanner {
    let layout = layout(isPacked: isPacked, isJSON: isJSON)
    let names = isJSON ? ["a", "b"] : layout.features.map(\.name)
    let types = isJSON ? [.float8, .text] : layout.features.map(\.type)
    return ProfileScanner(
      layout: layout,
      binning: Self.binning(names, types),
      bucketEdges: [Instant(microseconds: 0), Instant(microseconds: 1 << 60)],
      constantVersion: "-"
    )
  }

  private func labeller(isChange: Bool) -> LabelScanner {
    LabelScanner(
      binning: Self.binning([], []),
      hasVersion: true,
      isChange: isChange,
      bucketEdges: [Instant(microseconds: 0), Instant(microseconds: 1 << 60)],
      constantVersion: "-"
    )
  }
}

extension Target {
  /// Cells for features of these names, from a few values.
  private static func binning(_ names: [String], _ types: [ColumnType]) -> Binning {
    let numeric = NumericBinningBuilder().binning(
      of: (0..<500).map { Double($0 % 83) },
      range: 0...82
    )
    let features = zip(names, types).map { name, type in
      FeatureBinning(
        name: name,
        kind: type.isNumber
          ? .numeric(numeric) : .category(CategoryBinning(counts: ["x": 5, "yy": 3, "true": 2]))
      )
    }
    return Binning(
      features: features,
      score: NumericBinningBuilder().binning(of: (0..<500).map { Double($0) / 500 }, range: 0...1),
      segments: [SegmentBinning(column: "plan", levels: ["a", "b"])]
    )
  }
}
