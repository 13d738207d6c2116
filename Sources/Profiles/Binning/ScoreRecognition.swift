// SPDX-License-Identifier: Apache-2.0

/// Recognises scores that cannot be probabilities, before anything is said by the few that look
/// like some.
package enum ScoreRecognition {
  /// From this share of the scores inside 0..1 on the rest are faults of single rows.
  private static let fewestInside = 0.5
  /// Scores that are needed.
  private static let fewest = 20

  /// Recognises scores that can be no probabilities.
  ///
  /// - Parameters:
  ///   - scores: Finite ones, in any order.
  ///   - column: The name of their column.
  /// - Returns: What they look like and what to do, as the end of a sentence; nil where they can be
  ///   probabilities.
  /// - Complexity: O(n).
  package static func reason(_ scores: [Double], column: String) -> String? {
    guard scores.count >= fewest, let low = scores.min(), let high = scores.max() else {
      return nil
    }
    if low == high {
      return "every score is \(text(low)): a constant ranks nobody; '\(column)' may not be the "
        + "column of the score"
    }
    let inside = scores.count { (0...1).contains($0) }
    let share = Double(inside) / Double(scores.count)
    guard share < fewestInside else { return nil }
    let outside = min(99.9, (1000 * (1 - share)).rounded() / 10)
    let found =
      "\(text(outside)) % of the scores lie outside 0..1, from \(text(low)) to \(text(high)): "
    if low >= 0, high <= 100 {
      return found + "they look like per cent; make a view with \(column) / 100.0 as the score"
    }
    if low >= 0, high <= 1000 {
      return found + "they look like points of up to 1000; make a view that turns \(column) into a "
        + "probability, such as \(column) / 1000.0 where they are per mille"
    }
    if low >= -50, high <= 50 {
      return found + "they look like log odds; make a view with 1 / (1 + exp(-\(column))) as the "
        + "score"
    }
    return found + "they are no probabilities; '\(column)' may not be the column of the score"
  }

  /// Recognises scores of a window that can be no probabilities, by their bins.
  ///
  /// - Parameter counts: The score's counts.
  /// - Returns: What was found and what to do; nil where they can be probabilities.
  package static func reason(_ counts: FeatureCounts) -> String? {
    guard case .numeric(let binning) = counts.binning.kind else { return nil }
    let values = counts.counts[NumericBinning.negativeInfinity...].reduce(0, +)
    let outside = [
      NumericBinning.negativeInfinity, NumericBinning.positiveInfinity, NumericBinning.below,
      binning.above,
    ].reduce(0) { $0 + counts.counts[$1] }
    guard values >= fewest, Double(values - outside) < fewestInside * Double(values) else {
      return nil
    }
    let share = (1000 * Double(outside) / Double(values)).rounded() / 10
    return "\(text(share)) % of the scores lie outside 0..1: they are no probabilities, as those "
      + "of the reference were; has the writer changed to per cent, points or log odds?"
  }

  private static func text(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    let scale = abs(value) >= 100 ? 10.0 : abs(value) >= 1 ? 100.0 : 10_000.0
    return abs(value) < 1e12 ? "\((value * scale).rounded() / scale)" : "\(value)"
  }
}
