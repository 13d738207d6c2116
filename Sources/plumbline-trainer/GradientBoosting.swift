// SPDX-License-Identifier: Apache-2.0
private import CXGBoost
import Foundation
import TabularModels

/// Gradient boosting by XGBoost.
///
/// T. Chen and C. Guestrin (2016). It stops where the newest rows are no better predicted by
/// another tree.
enum GradientBoosting {
  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  private static let mostTrees = 400
  private static let patience = 25
  private static let parameters = [
    ("objective", "binary:logistic"), ("eta", "0.08"), ("max_depth", "4"),
    ("min_child_weight", "5"), ("subsample", "0.8"), ("colsample_bytree", "0.8"),
    ("tree_method", "hist"), ("seed", "1"), ("nthread", "2"), ("verbosity", "0"),
  ]

  private static func check(_ code: Int32) throws {
    guard code == 0 else {
      throw Failed(description: unsafe "XGBoost: \(String(cString: XGBGetLastError()))")
    }
  }

  /// Rows as XGBoost holds them.
  @safe private final class Matrix {
    private(set) var handle: DMatrixHandle?

    init(_ rows: Examples) throws {
      let width = rows.inputs.first?.count ?? 0
      let flat = rows.inputs.flatMap { $0.map(Float.init) }
      var made: DMatrixHandle?
      try check(
        unsafe XGDMatrixCreateFromMat(
          flat,
          bst_ulong(rows.inputs.count),
          bst_ulong(width),
          .nan,
          &made
        )
      )
      unsafe handle = made
      let labels = rows.labels.map { Float($0 ? 1 : 0) }
      try check(unsafe XGDMatrixSetFloatInfo(made, "label", labels, bst_ulong(labels.count)))
      let weights = rows.weights.map(Float.init)
      try check(unsafe XGDMatrixSetFloatInfo(made, "weight", weights, bst_ulong(weights.count)))
    }

    deinit { _ = unsafe XGDMatrixFree(handle) }
  }

  /// A model in the making.
  @safe private final class Booster {
    private var handle: BoosterHandle?

    init(_ rows: Matrix, prevalence: Double) throws {
      var made: BoosterHandle?
      var matrix = unsafe rows.handle
      try check(unsafe XGBoosterCreate(&matrix, 1, &made))
      unsafe handle = made
      for (name, value) in parameters + [("base_score", "\(prevalence)")] {
        try check(unsafe XGBoosterSetParam(made, name, value))
      }
    }

    deinit { _ = unsafe XGBoosterFree(handle) }

    func grow(_ round: Int, _ rows: Matrix) throws {
      try check(unsafe XGBoosterUpdateOneIter(handle, Int32(round), rows.handle))
    }

    func probabilities(_ rows: Matrix) throws -> [Double] {
      var count: bst_ulong = 0
      var result: UnsafePointer<Float>?
      try check(unsafe XGBoosterPredict(handle, rows.handle, 0, 0, 0, &count, &result))
      guard let result = unsafe result else { return [] }
      return unsafe UnsafeBufferPointer(start: result, count: Int(count)).map(Double.init)
    }

    func trees(start: Double) throws -> TreeEnsemble {
      var count: bst_ulong = 0
      var texts: UnsafeMutablePointer<UnsafePointer<CChar>?>?
      try check(unsafe XGBoosterDumpModelEx(handle, "", 0, "json", &count, &texts))
      let dumps = (0..<Int(count)).compactMap { index -> String? in
        guard let texts = unsafe texts, let text = unsafe texts[index] else { return nil }
        return unsafe String(cString: text)
      }
      return try TreeEnsemble(dumps: dumps, start: start)
    }
  }

  /// Returns the number of trees with the least loss on rows that are held back.
  static func bestSize(_ rows: Examples, heldBack: Examples) throws -> Int {
    let (mine, other) = (try Matrix(rows), try Matrix(heldBack))
    let booster = try Booster(mine, prevalence: rows.prevalence)
    var best = (size: 1, loss: Double.infinity)
    for round in 0..<mostTrees {
      try booster.grow(round, mine)
      let loss = heldBack.logLoss(try booster.probabilities(other))
      if loss < best.loss { best = (round + 1, loss) }
      if round + 1 - best.size >= patience { break }
    }
    return best.size
  }

  /// Returns so many trees, fitted to rows.
  ///
  /// - Throws: `Failed`, also where our own reading of the trees gives other probabilities than
  ///   XGBoost's.
  static func fit(_ rows: Examples, size: Int) throws -> TreeEnsemble {
    let matrix = try Matrix(rows)
    let booster = try Booster(matrix, prevalence: rows.prevalence)
    for round in 0..<size { try booster.grow(round, matrix) }
    let prevalence = rows.prevalence
    let trees = try booster.trees(start: log(prevalence / (1 - prevalence)))
    let theirs = try booster.probabilities(matrix)
    for (inputs, probability) in zip(rows.inputs, theirs)
    where abs(trees.probability(inputs) - probability) > 1e-4 {
      throw Failed(
        description:
          "the trees give \(trees.probability(inputs)) where XGBoost gives \(probability): its dump is not understood"
      )
    }
    return trees
  }
}
