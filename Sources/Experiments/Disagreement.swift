// SPDX-License-Identifier: Apache-2.0
package import Statistics

/// The customers on the list of one model and not on that of the other: where the choice of the
/// model matters, and nowhere else.
///
/// A list has whole customers, the nearest number to its share of rows. Where scores tie at its
/// edge, lots are drawn, the same for both models: counts are then expected ones, and need not be
/// whole. A customer with several rows can stand on a list several times.
package struct Disagreement: Sendable {
  /// Rows on one list only.
  package struct Part: Sendable, Hashable {
    package fileprivate(set) var customers = 0.0
    package fileprivate(set) var churners = 0.0
  }

  package let onlyChampion: Part
  package let onlyChallenger: Part
  /// The challenger's list less the champion's, in customers.
  package let contacts: Int
  /// The standard error of `gained`, given the lists: who of them leaves is what varies.
  package let standardError: Double

  /// The size of the disagreement.
  package var customers: Double { onlyChampion.customers + onlyChallenger.customers }
  /// Churners that only the challenger finds less those that only the champion finds.
  package var gained: Double { onlyChallenger.churners - onlyChampion.churners }

  /// Compares two lists of the same rows.
  ///
  /// - `challengerCapacity`: The share of customers on the challenger's list; the champion's where
  ///   nil.
  package init(_ outcomes: PairedOutcomes, capacity: Double, challengerCapacity: Double? = nil) {
    let own = challengerCapacity ?? capacity
    for share in [capacity, own] {
      precondition((0...1).contains(share), "a list holds a share of the customers")
    }
    self.init(
      ModelRanking(labels: outcomes.labels, scores: outcomes.champion),
      ModelRanking(labels: outcomes.labels, scores: outcomes.challenger),
      clusters: outcomes.clusters,
      capacity: capacity,
      challengerCapacity: own
    )
  }

  /// A list that is full trades a customer for a customer, so each counts by how much more, or
  /// less, often its part of the disagreement leaves: the terms of the recall's variance, too.
  init(
    _ champion: ModelRanking,
    _ challenger: ModelRanking,
    clusters: CustomerClusters,
    capacity: Double,
    challengerCapacity: Double
  ) {
    let labels = champion.labels
    let theirs = (capacity * Double(labels.count)).rounded()
    let mine = (challengerCapacity * Double(labels.count)).rounded()
    let moves = zip(challenger.listed(mine), champion.listed(theirs)).map { $0 - $1 }
    var (champions, challengers) = (Side(), Side())
    for (move, isChurner) in zip(moves, labels) {
      if move > 0 { challengers.add(move, isChurner) }
      if move < 0 { champions.add(-move, isChurner) }
    }
    onlyChampion = champions.part
    onlyChallenger = challengers.part
    contacts = Int(mine - theirs)
    let rates = (champion: champions.rate, challenger: challengers.rate)
    let shares = zip(moves, labels).map { move, isChurner in
      move * ((isChurner ? 1 : 0) - (move > 0 ? rates.challenger : rates.champion))
    }
    let least = champions.leastVariance + challengers.leastVariance
    standardError = max(clusters.variance(shares), least).squareRoot()
  }

  /// The rows on the list of one model only, each with its chance to be.
  private struct Side {
    var part = Part()
    var squares = 0.0

    var rate: Double { part.customers > 0 ? part.churners / part.customers : 0 }

    /// The variance of its churners with one of them and one other added (Agresti and Caffo 2000):
    /// where nobody left, some still may.
    var leastVariance: Double {
      let share = (part.churners + 1) / (part.customers + 2)
      return squares * share * (1 - share)
    }

    mutating func add(_ chance: Double, _ isChurner: Bool) {
      part.customers += chance
      part.churners += isChurner ? chance : 0
      squares += chance * chance
    }
  }

  /// What the challenger's list is expected to bring beyond the champion's.
  package struct Net: Sendable {
    package let currency: String
    package let value: Double
    package let standardError: Double
    package let interval: Interval
  }

  /// Returns gained churners · save rate · value − contacts · cost.
  ///
  /// The prices and the save rate are taken as given: the interval holds the chance of the labels
  /// only.
  /// - `saveRate`: The share of listed churners whom the campaign keeps.
  package func net(_ prices: Prices, saveRate: Double) -> Net {
    let worth = saveRate * prices.value
    let value = gained * worth - Double(contacts) * prices.contact
    let error = standardError * abs(worth)
    return Net(
      currency: prices.currency,
      value: value,
      standardError: error,
      interval: Interval(estimate: value, standardError: error)
    )
  }
}
