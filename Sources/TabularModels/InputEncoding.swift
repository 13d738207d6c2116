// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A value of one column.
package enum ColumnValue: Sendable, Hashable {
  case missing
  case number(Double)
  case text(String)

  /// A number, or missing.
  package static func optional(_ value: Double?) -> ColumnValue {
    value.map(ColumnValue.number) ?? .missing
  }
}

/// How rows of a table become inputs of a model: a number as it is, a text as one input for each
/// value that was seen often.
package struct InputEncoding: Sendable, Hashable, Codable {
  package struct Column: Sendable, Hashable, Codable {
    package let name: String
    /// The values of a text that have an input of their own; nil for numbers.
    package let levels: [String]?
  }

  package let columns: [Column]

  /// Values of a text beyond so many have no input of their own.
  private static let mostLevels = 30

  /// Learns which values there are.
  ///
  /// - `names`: Columns in order.
  /// - `rows`: Values in that order. A column with a text in any row is one of texts.
  /// - Complexity: O(values).
  package init(_ names: [String], _ rows: [[ColumnValue]]) {
    columns = names.enumerated().map { index, name in
      var counts: [String: Int] = [:]
      for row in rows {
        if case .text(let text) = row[index] { counts[text, default: 0] += 1 }
      }
      guard !counts.isEmpty else { return Column(name: name, levels: nil) }
      let most = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.mostLevels)
      return Column(name: name, levels: most.map(\.key).sorted())
    }
  }

  /// The number of inputs.
  package var width: Int { columns.reduce(0) { $0 + ($1.levels?.count ?? 1) } }

  /// Returns the inputs of a row; NaN for a number that is missing.
  ///
  /// - `value`: The value of a column, by its place and name.
  package func inputs(_ value: (Int, String) -> ColumnValue) -> [Double] {
    var inputs: [Double] = []
    inputs.reserveCapacity(width)
    for (index, column) in columns.enumerated() {
      let value = value(index, column.name)
      guard let levels = column.levels else {
        if case .number(let number) = value { inputs.append(number) } else { inputs.append(.nan) }
        continue
      }
      for level in levels { inputs.append(value == .text(level) ? 1 : 0) }
    }
    return inputs
  }
}

/// Puts inputs on one scale, as a linear model needs them; what is missing counts as the mean.
package struct InputScaling: Sendable, Hashable, Codable {
  private let means: [Double]
  private let deviations: [Double]

  /// - `inputs`: Rows, at least one, all of one length.
  package init(_ inputs: [[Double]]) {
    let width = inputs.first?.count ?? 0
    var means: [Double] = []
    var deviations: [Double] = []
    for column in 0..<width {
      let values = inputs.map { $0[column] }.filter { !$0.isNaN }
      let count = Double(max(1, values.count))
      let mean = values.reduce(0, +) / count
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      means.append(mean)
      deviations.append(variance > 0 ? variance.squareRoot() : 1)
    }
    (self.means, self.deviations) = (means, deviations)
  }

  package func scaled(_ inputs: [Double]) -> [Double] {
    inputs.indices.map {
      inputs[$0].isNaN ? 0 : (inputs[$0] - means[$0]) / deviations[$0]
    }
  }
}
