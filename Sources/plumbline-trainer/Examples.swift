// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Inputs with labels and weights.
struct Examples {
  var inputs: [[Double]] = []
  var labels: [Bool] = []
  var weights: [Double] = []

  var churners: Int { labels.count { $0 } }

  /// The weighted share of churners.
  var prevalence: Double {
    let all = weights.reduce(0, +)
    return all > 0 ? zip(weights, labels).reduce(0) { $0 + ($1.1 ? $1.0 : 0) } / all : 0
  }

  /// Weighted mean of −log p of what happened.
  func logLoss(_ probabilities: [Double]) -> Double {
    var (sum, all) = (0.0, 0.0)
    for (index, probability) in probabilities.enumerated() {
      let kept = min(max(probability, 1e-9), 1 - 1e-9)
      sum -= weights[index] * log(labels[index] ? kept : 1 - kept)
      all += weights[index]
    }
    return all > 0 ? sum / all : 0
  }

  /// The weighted share of churners who are among a share of rows, those with the highest
  /// probabilities.
  func recall(_ probabilities: [Double], at share: Double) -> Double {
    let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    let room = share * weights.reduce(0, +)
    var (used, caught, all) = (0.0, 0.0, 0.0)
    for index in order {
      if labels[index] {
        all += weights[index]
        if used < room { caught += weights[index] }
      }
      used += weights[index]
    }
    return all > 0 ? caught / all : 0
  }

  /// Rows repeated in place of weights, for a method that knows none: a weight of 2.3 is two rows,
  /// or with a chance of three in ten three.
  var repeated: Examples {
    guard weights.contains(where: { $0 != 1 }) else { return self }
    var made = Examples()
    // A fixed sequence, so that the same rows give the same model (G. Marsaglia, 2003: xorshift).
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for index in labels.indices {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      let chance = Double(state >> 11) / 9_007_199_254_740_992
      let count =
        Int(weights[index]) + (chance < weights[index] - Double(Int(weights[index])) ? 1 : 0)
      for _ in 0..<count {
        made.inputs.append(inputs[index])
        made.labels.append(labels[index])
        made.weights.append(1)
      }
    }
    return made
  }
}
