// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Profiles

/// An estimate as a sum over rows: what each row adds to its error, to first order.
///
/// Rows' shares of two models on the same rows subtract, which is what pairs them.
struct Influence {
  let value: Double
  let shares: [Double]
}

/// The outcomes of one model with its rows in order of score.
struct ModelRanking {
  let labels: [Bool]
  let scores: [Double]
  private let churners: Int
  /// Rows in ascending order of score.
  private let order: [UInt32]
  /// Where in `order` each group of tied scores ends.
  private let ends: [Int]

  /// - Complexity: O(rows · log rows).
  init(labels: [Bool], scores: [Double]) {
    self.labels = labels
    self.scores = scores
    churners = labels.count { $0 }
    let sorted = scores.enumerated().map { (score: $1, row: UInt32($0)) }
      .sorted { $0.score < $1.score }
    order = sorted.map(\.row)
    ends = sorted.indices.compactMap { place in
      let next = place + 1
      return next == sorted.count || sorted[next].score != sorted[place].score ? next : nil
    }
  }

  /// The area under the ROC curve with the placements of its rows (DeLong, DeLong and
  /// Clarke-Pearson 1988), by midranks as Sun and Xu (IEEE Signal Processing Letters 21, 2014) find
  /// them.
  func auc() -> Influence {
    let positives = Double(churners)
    let negatives = Double(labels.count - churners)
    var shares = Array(repeating: 0.0, count: labels.count)
    var area = 0.0
    var (positivesBelow, negativesBelow, start) = (0.0, 0.0, 0)
    for end in ends {
      let group = order[start..<end]
      let tied = Double(group.count { labels[Int($0)] })
      let tiedOthers = Double(group.count) - tied
      // The placement of a churner among the others, and of another among the churners.
      let placed = (negativesBelow + tiedOthers / 2) / negatives
      let others = (positives - positivesBelow - tied / 2) / positives
      for row in group { shares[Int(row)] = labels[Int(row)] ? placed : others }
      area += tied * placed / positives
      positivesBelow += tied
      negativesBelow += tiedOthers
      start = end
    }
    for row in shares.indices {
      shares[row] = (shares[row] - area) / (labels[row] ? positives : negatives)
    }
    return Influence(value: area, shares: shares)
  }

  /// The share of churners on a list of the share `capacity` of rows with the highest scores.
  ///
  /// With w the chance to be listed, κ the capacity, π the share of churners, R the recall and η
  /// the share of churners at the edge of the list, a row adds ((y − η)·w + η·κ − R·y) / (π ·
  /// rows). The terms with η are there since the edge moves with the sample: a list that is full
  /// loses a customer for each that it gains. A fixed edge (η = 0) would give intervals that are
  /// too wide.
  func recall(capacity: Double) -> Influence {
    let count = Double(labels.count)
    let size = capacity * count
    // Wider with more rows, yet an ever smaller share of them, and as wide above the edge as below.
    let width = min(size, count - size, max(1, pow(count, 0.8) / 4))
    let rate = (expectedChurners(size + width) - expectedChurners(size - width)) / (2 * width)
    let recall = expectedChurners(size) / Double(churners)
    let chances = listed(size)
    let shares = labels.indices.map { row in
      let y = labels[row] ? 1.0 : 0
      return ((y - rate) * chances[row] + rate * capacity - recall * y) / Double(churners)
    }
    return Influence(value: recall, shares: shares)
  }

  /// Returns each row's chance to stand on a list of the `size` highest scores, where lots are
  /// drawn among those tied at its edge.
  func listed(_ size: Double) -> [Double] {
    var chances = Array(repeating: 0.0, count: labels.count)
    forEachGroupFromTop { group, above in
      let chance = min(1, max(0, (size - Double(above)) / Double(group.count)))
      for row in group { chances[Int(row)] = chance }
    }
    return chances
  }

  /// Returns the expected churners on a list of the `size` highest scores.
  private func expectedChurners(_ size: Double) -> Double {
    var sum = 0.0
    forEachGroupFromTop { group, above in
      let chance = min(1, max(0, (size - Double(above)) / Double(group.count)))
      if chance > 0 { sum += chance * Double(group.count { labels[Int($0)] }) }
    }
    return sum
  }

  private func forEachGroupFromTop(_ body: (ArraySlice<UInt32>, Int) -> Void) {
    for index in ends.indices.reversed() {
      let start = index == 0 ? 0 : ends[index - 1]
      body(order[start..<ends[index]], order.count - ends[index])
    }
  }

  /// The mean of a loss.
  func mean(_ loss: (Double, Bool) -> Double) -> Influence {
    let count = Double(labels.count)
    let losses = zip(scores, labels).map { loss($0, $1) }
    let mean = losses.reduce(0, +) / count
    return Influence(value: mean, shares: losses.map { ($0 - mean) / count })
  }

  /// The mean negative log likelihood, with scores kept as far from 0 and 1 as windows' log-loss
  /// has.
  func logLoss() -> Influence {
    mean { score, isChurner in
      -log(max(isChurner ? score : 1 - score, LabelProfile.smallestProbability))
    }
  }

  /// The score of Brier (1950).
  func brier() -> Influence {
    mean { score, isChurner in
      let error = score - (isChurner ? 1 : 0)
      return error * error
    }
  }

  func influence(_ metric: ModelMetric, capacity: Double) -> Influence {
    switch metric {
    case .auc: auc()
    case .recallAtCapacity: recall(capacity: capacity)
    case .logLoss: logLoss()
    case .brier: brier()
    }
  }
}
