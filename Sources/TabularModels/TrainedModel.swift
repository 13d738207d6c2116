// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A model that can score rows of a table, and be kept in a file.
package struct TrainedModel: Sendable, Codable {
  package enum Form: Sendable, Codable {
    case logistic(InputEncoding, InputScaling, LogisticRegression)
    case trees(InputEncoding, TreeEnsemble)
    /// Another version's scores, to go through the map.
    case recalibrated(of: String)
  }

  /// A map that puts scores right: logit p = intercept + slope · logit score.
  ///
  /// J. Platt (1999).
  package struct Map: Sendable, Codable {
    package let intercept: Double
    package let slope: Double

    package init(intercept: Double, slope: Double) {
      self.intercept = intercept
      self.slope = slope
    }

    package func callAsFunction(_ score: Double) -> Double {
      let kept = min(max(score, 1e-9), 1 - 1e-9)
      return 1 / (1 + exp(-(intercept + slope * log(kept / (1 - kept)))))
    }
  }

  package let version: String
  package let form: Form
  /// What the form's probabilities go through; nil for nothing.
  package let map: Map?

  package init(version: String, form: Form, map: Map? = nil) {
    self.version = version
    self.form = form
    self.map = map
  }

  /// Scores the rows of one table.
  package struct Scorer: Sendable {
    private let encoding: InputEncoding
    private let places: [Int?]
    private let map: Map?
    private let probability: @Sendable ([Double]) -> Double

    fileprivate init(
      _ encoding: InputEncoding,
      columns: [String],
      map: Map?,
      probability: @escaping @Sendable ([Double]) -> Double
    ) {
      self.encoding = encoding
      self.map = map
      self.probability = probability
      places = encoding.columns.map { columns.firstIndex(of: $0.name) }
    }

    /// Returns the probability of the positive class.
    ///
    /// - `row`: Values in the order of the columns that the scorer was made for.
    package func score(_ row: [ColumnValue]) -> Double {
      let raw = probability(
        encoding.inputs { place, _ in places[place].map { row[$0] } ?? .missing }
      )
      return map?(raw) ?? raw
    }
  }

  /// Returns what scores rows with these columns; nil for a model that puts another's scores right.
  ///
  /// A column that is not there is missing in every row.
  package func scorer(_ columns: [String]) -> Scorer? {
    switch form {
    case .logistic(let encoding, let scaling, let model):
      Scorer(encoding, columns: columns, map: map) { model.probability(scaling.scaled($0)) }
    case .trees(let encoding, let trees):
      Scorer(encoding, columns: columns, map: map) { trees.probability($0) }
    case .recalibrated: nil
    }
  }

  // MARK: Files

  /// A version's file in a folder.
  ///
  /// Names of versions with other characters have them replaced.
  package static func file(_ version: String, in folder: URL) -> URL {
    let name = version.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" }
    return folder.appendingPathComponent("\(String(name)).model.json")
  }

  /// Writes the model down, all of it or nothing.
  package func write(in folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try JSONEncoder().encode(self).write(to: Self.file(version, in: folder), options: .atomic)
  }

  package static func read(_ version: String, in folder: URL) throws -> TrainedModel {
    try JSONDecoder().decode(TrainedModel.self, from: Data(contentsOf: file(version, in: folder)))
  }
}
