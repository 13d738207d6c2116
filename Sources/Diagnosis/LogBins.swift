// SPDX-License-Identifier: Apache-2.0
import Profiles
import Simulator
import TabularModels

/// Makes bins of a simulated log's features, and counts rows in them.
struct LogBins {
  private let binning: Binning
  private let offsets: [Int]
  /// By feature: the bins of levels, by name.
  private let levels: [[String: Int]]

  init(_ binning: Binning) {
    self.binning = binning
    offsets = binning.offsets
    levels = binning.features.map { feature in
      guard case .category(let bins) = feature.kind else { return [:] }
      return Dictionary(uniqueKeysWithValues: bins.levels.enumerated().map { ($1, $0 + 1) })
    }
  }

  /// The bins of a reference.
  ///
  /// - Parameters:
  ///   - rows: The reference.
  ///   - threshold: The score from which on a customer is flagged.
  /// - Returns: A feature for each column; all numbers or all texts.
  static func binning(_ rows: [ScoredCustomer], threshold: Double) -> Binning {
    var numbers = Features.columnNames.map { _ in [Double]() }
    var texts = Features.columnNames.map { _ in [String: Int]() }
    for row in rows {
      for (index, value) in row.features.columnValues.enumerated() {
        switch value {
        case .number(let number): numbers[index].append(number)
        case .text(let text): texts[index][text, default: 0] += 1
        case .missing: break
        }
      }
    }
    let features = Features.columnNames.enumerated().map { index, name in
      FeatureBinning(
        name: name,
        kind: texts[index].isEmpty
          ? .numeric(numeric(numbers[index])) : .category(CategoryBinning(counts: texts[index]))
      )
    }
    return Binning(
      features: features,
      score: numeric(rows.map(\.score), edges: [threshold]),
      segments: []
    )
  }

  private static func numeric(_ values: [Double], edges: [Double] = []) -> NumericBinning {
    var builder = NumericBinningBuilder()
    builder.requiredEdges = edges
    let range = values.min().flatMap { least in values.max().map { least...$0 } }
    return builder.binning(of: values, range: range)
  }

  /// Counts rows of one bucket.
  func profile(_ rows: [ScoredCustomer]) -> FeatureProfile {
    var profile = FeatureProfile(binCount: binning.binCount)
    profile.rows = rows.count
    for row in rows {
      for (index, value) in row.features.columnValues.enumerated() {
        profile.counts[offsets[index] + bin(value, feature: index, &profile)] += 1
      }
      profile.counts[offsets[binning.features.count] + binning.score.bin(of: row.score)] += 1
    }
    return profile
  }

  private func bin(_ value: ColumnValue, feature index: Int, _ profile: inout FeatureProfile) -> Int
  {
    switch (binning.features[index].kind, value) {
    case (.numeric(let bins), .number(let number)):
      let bin = bins.bin(of: number)
      if bin == NumericBinning.below {
        profile.outOfRangeSums[index, default: OutOfRangeSums()].below += number
      } else if bin == bins.above {
        profile.outOfRangeSums[index, default: OutOfRangeSums()].above += number
      }
      return bin
    case (.category(let bins), .text(let text)): return levels[index][text] ?? bins.new
    default: return 0
    }
  }
}
