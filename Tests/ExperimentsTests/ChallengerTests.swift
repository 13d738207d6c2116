// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Statistics
import TestKit
import Testing

/// Two models compared, against definitions in numpy and scipy; `Golden/challenger.py` made the
/// file.
@Suite struct ChallengerTests {
  struct Figure: Decodable {
    let champion: Double
    let challenger: Double
    let difference: Double
    let standardError: Double
    let lower: Double
    let upper: Double
    let p: Double
  }

  struct Lists: Decodable {
    let onlyChampion: [Double]
    let onlyChallenger: [Double]
    let contacts: Int
    let standardError: Double
    let net: Double
    let lower: Double
    let upper: Double
  }

  struct Paired: Decodable {
    let name: String
    let labels: [Int]
    let champion: [Double]
    let challenger: [Double]
    let customers: [UInt32]?
    let capacity: Double
    let challengerCapacity: Double
    let metrics: [String: Figure]
    let disagreement: Lists

    func outcomes() throws -> PairedOutcomes {
      try PairedOutcomes(
        labels: labels.map { $0 == 1 },
        champion: champion,
        challenger: challenger,
        customers: customers
      )
    }
  }

  struct Arm: Decodable {
    let labels: [Int]
    let scores: [Double]
    let customers: [UInt32]?

    func outcomes() throws -> ScoredOutcomes {
      try ScoredOutcomes(labels: labels.map { $0 == 1 }, scores: scores, customers: customers)
    }
  }

  struct Split: Decodable {
    let name: String
    let champion: Arm
    let challenger: Arm
    let capacity: Double
    let metrics: [String: Figure]
  }

  struct File: Decodable {
    let paired: [Paired]
    let split: [Split]
  }

  private static func file() throws -> File {
    let url = Golden.root.appendingPathComponent("Tests/ExperimentsTests/Golden/challenger.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  private func expectSame(
    _ comparison: ModelComparison,
    _ metrics: [String: Figure],
    _ name: String
  ) throws {
    #expect(metrics.count == ModelMetric.allCases.count)
    for metric in ModelMetric.allCases {
      let mine = try #require(comparison[metric].difference, "\(name), \(metric)")
      let theirs = try #require(metrics[metric.rawValue])
      for (figure, expected) in [
        (mine.champion, theirs.champion), (mine.challenger, theirs.challenger),
        (mine.difference, theirs.difference), (mine.standardError, theirs.standardError),
        (mine.interval.lower, theirs.lower), (mine.interval.upper, theirs.upper),
        (mine.p, theirs.p),
      ] {
        #expect(agree(figure, expected, 1e-9), "\(name), \(metric): \(figure) \(expected)")
      }
    }
  }

  @Test func `models on the same customers differ as by definition`() throws {
    for item in try Self.file().paired {
      let outcomes = try item.outcomes()
      let comparison = ModelComparison(outcomes, capacity: item.capacity)
      try expectSame(comparison, item.metrics, item.name)
      let lists = Disagreement(
        outcomes,
        capacity: item.capacity,
        challengerCapacity: item.challengerCapacity
      )
      let net = lists.net(Prices(currency: "EUR", value: 250, contact: 4), saveRate: 0.3)
      let theirs = item.disagreement
      #expect(lists.contacts == theirs.contacts)
      for (figure, expected) in [
        (lists.onlyChampion.customers, theirs.onlyChampion[0]),
        (lists.onlyChampion.churners, theirs.onlyChampion[1]),
        (lists.onlyChallenger.customers, theirs.onlyChallenger[0]),
        (lists.onlyChallenger.churners, theirs.onlyChallenger[1]),
        (lists.standardError, theirs.standardError), (net.value, theirs.net),
        (net.interval.lower, theirs.lower), (net.interval.upper, theirs.upper),
      ] {
        #expect(agree(figure, expected, 1e-9), "\(item.name): \(figure) \(expected)")
      }
    }
  }

  @Test func `models on split traffic differ as by definition`() throws {
    for item in try Self.file().split {
      let comparison = try ModelComparison(
        champion: item.champion.outcomes(),
        challenger: item.challenger.outcomes(),
        capacity: item.capacity
      )
      #expect(comparison.disagreement == nil)
      try expectSame(comparison, item.metrics, item.name)
    }
  }

  @Test func `swapping the models flips signs`() throws {
    for item in try Self.file().paired {
      let forth = try ModelComparison(item.outcomes(), capacity: item.capacity)
      let back = try ModelComparison(
        PairedOutcomes(
          labels: item.labels.map { $0 == 1 },
          champion: item.challenger,
          challenger: item.champion,
          customers: item.customers
        ),
        capacity: item.capacity
      )
      try expectFlipped(forth, back)
      let (one, other) = (try #require(forth.disagreement), try #require(back.disagreement))
      #expect(one.onlyChampion == other.onlyChallenger && one.gained == -other.gained)
      #expect(agree(one.standardError, other.standardError, 1e-12))
    }
    for item in try Self.file().split {
      let (a, b) = (try item.champion.outcomes(), try item.challenger.outcomes())
      try expectFlipped(
        ModelComparison(champion: a, challenger: b, capacity: item.capacity),
        ModelComparison(champion: b, challenger: a, capacity: item.capacity)
      )
    }
  }

  private func expectFlipped(_ forth: ModelComparison, _ back: ModelComparison) throws {
    for metric in ModelMetric.allCases {
      let one = try #require(forth[metric].difference)
      let other = try #require(back[metric].difference)
      #expect(one.difference == -other.difference)
      #expect(agree(one.interval.lower, -other.interval.upper, 1e-12))
      #expect(agree(one.p, other.p, 1e-12))
    }
  }

  @Test func `the order of rows and the names of customers do not matter`() throws {
    var random = SplitMix64(seed: 41)
    for item in try Self.file().paired {
      let order = item.labels.indices.shuffled(using: &random)
      let shuffled = try PairedOutcomes(
        labels: order.map { item.labels[$0] == 1 },
        champion: order.map { item.champion[$0] },
        challenger: order.map { item.challenger[$0] },
        customers: item.customers.map { names in order.map { .max - names[$0] } }
      )
      let comparison = ModelComparison(shuffled, capacity: item.capacity)
      try expectSame(comparison, item.metrics, item.name)
      let lists = try #require(comparison.disagreement)
      let first = Disagreement(try item.outcomes(), capacity: item.capacity)
      #expect(agree(lists.gained, first.gained, 1e-9))
      #expect(agree(lists.standardError, first.standardError, 1e-9))
    }
  }

  @Test func `a model does not differ from itself`() throws {
    for item in try Self.file().paired {
      let labels = item.labels.map { $0 == 1 }
      let comparison = try ModelComparison(
        PairedOutcomes(
          labels: labels,
          champion: item.champion,
          challenger: item.champion,
          customers: item.customers
        ),
        capacity: item.capacity
      )
      let arm = try ScoredOutcomes(
        labels: labels,
        scores: item.champion,
        customers: item.customers
      )
      let split = ModelComparison(champion: arm, challenger: arm, capacity: item.capacity)
      for metric in ModelMetric.allCases {
        for found in [comparison[metric].difference, split[metric].difference] {
          let difference = try #require(found)
          #expect(difference.difference == 0 && difference.p == 1, "\(item.name), \(metric)")
        }
        #expect(comparison[metric].difference?.standardError == 0)
      }
      let lists = try #require(comparison.disagreement)
      #expect(lists.customers == 0 && lists.gained == 0 && lists.standardError == 0)
    }
  }

  @Test func `scores that are none are refused and counted`() {
    let labels = [true, false, true, false]
    #expect(throws: OutcomeError.invalidScores(3, rows: 4)) {
      try ScoredOutcomes(labels: labels, scores: [.nan, 1.01, -0.1, 1])
    }
    let refusal = #expect(throws: OutcomeError.self) {
      try PairedOutcomes(
        labels: labels,
        champion: [.infinity, 0, 0.5, 1],
        challenger: [.nan, 0.2, .nan, 0]
      )
    }
    #expect("\(String(describing: refusal))".contains("2 of 4 rows have a score"))
  }

  @Test func `labels of one class, or none, give a reason`() throws {
    let scores = [0.1, 0.5, 0.9]
    for (labels, reason) in [
      ([], "no label is known"), ([true, true, true], "only one class is known"),
      ([false, false, false], "only one class is known"),
      ([true, false, false], "a class has one customer only"),
    ] {
      let some = Array(scores.prefix(labels.count))
      let paired = try PairedOutcomes(labels: labels, champion: some, challenger: some)
      let arm = try ScoredOutcomes(labels: labels, scores: some)
      let comparison = ModelComparison(paired, capacity: 0.3)
      let split = ModelComparison(champion: arm, challenger: arm, capacity: 0.3)
      #expect(comparison.disagreement == nil)
      for metric in ModelMetric.allCases {
        guard case .unavailable(let why) = comparison[metric] else {
          Issue.record("\(metric) of \(labels)")
          continue
        }
        #expect(why == reason)
        guard case .unavailable(let both) = split[metric] else {
          Issue.record("\(metric) of \(labels)")
          continue
        }
        #expect(both == "the champion: \(reason); the challenger: \(reason)")
      }
      #expect(comparison.verdict().kind == .cannotJudge)
    }
  }

  @Test func `where nothing varies no error is made up`() throws {
    let labels = (0..<100).map { $0 < 50 }
    let best = labels.map { $0 ? 0.9 : 0.1 }
    let worst = labels.map { $0 ? 0.1 : 0.9 }
    let opposite = try ModelComparison(
      PairedOutcomes(labels: labels, champion: worst, challenger: best),
      capacity: 0.5
    )
    #expect(opposite[.auc].difference == nil)
    #expect(opposite.verdict(primary: .auc).kind == .cannotJudge)
    let arm = try ScoredOutcomes(labels: labels, scores: best)
    let perfect = ModelComparison(champion: arm, challenger: arm, capacity: 0.5)
    #expect(perfect[.auc].difference == nil)
    // One value for all ranks nobody, whatever the sample.
    let flat = try ModelComparison(
      PairedOutcomes(
        labels: labels,
        champion: Array(repeating: 0.5, count: 100),
        challenger: Array(repeating: 0.4, count: 100)
      ),
      capacity: 0.2
    )
    #expect(flat[.auc].difference?.p == 1 && flat[.recallAtCapacity].difference?.p == 1)
    #expect(flat[.recallAtCapacity].difference?.champion == 0.2)
    #expect(flat.disagreement?.customers == 0)
    let one = try PairedOutcomes(
      labels: [true, false, true, false],
      champion: [0.1, 0.2, 0.3, 0.4],
      challenger: [0.4, 0.1, 0.5, 0.6],
      customers: [7, 7, 7, 7]
    )
    #expect(ModelComparison(one, capacity: 0.5)[.brier].difference == nil)
  }

  private func verdict(
    _ churners: Int,
    of rows: Int,
    signals: (Double, Double),
    _ metric: ModelMetric = .recallAtCapacity,
    margin: Double = 0.02
  ) throws -> ModelVerdict {
    var random = SplitMix64(seed: 43)
    let labels = (0..<rows).map { $0 < churners }
    var scores = (champion: [Double](), challenger: [Double]())
    for label in labels {
      let (noise, own) = (random.normal(), 0.05 * random.normal())
      scores.champion.append(score(noise + (label ? signals.0 : 0)))
      scores.challenger.append(score(noise + own + (label ? signals.1 : 0)))
    }
    let outcomes = try PairedOutcomes(
      labels: labels,
      champion: scores.champion,
      challenger: scores.challenger
    )
    return ModelComparison(outcomes, capacity: 0.1).verdict(primary: metric, margin: margin)
  }

  @Test func `verdicts follow the interval and the margin`() throws {
    let better = try verdict(400, of: 4000, signals: (1, 2))
    #expect(better.kind == .challengerBetter)
    #expect(
      better.sentence.hasPrefix(
        "The challenger is better: the challenger's list, the top 10 % of customers, finds "
      )
    )
    #expect(try verdict(400, of: 4000, signals: (2, 1)).kind == .championBetter)
    // A lower loss is better.
    #expect(try verdict(400, of: 4000, signals: (1, 2), .brier).kind == .challengerBetter)
    #expect(try verdict(400, of: 4000, signals: (2, 1), .logLoss).kind == .championBetter)
    let same = try verdict(2000, of: 20_000, signals: (1, 1), .auc)
    #expect(same.kind == .notWorse && same.sentence.contains("0.020"))
    let narrow = try verdict(60, of: 600, signals: (1, 1), .auc, margin: 0)
    #expect(narrow.kind == .noDifference)
    let few = try verdict(49, of: 600, signals: (1, 2))
    #expect(few.kind == .cannotJudge)
    #expect(
      few.sentence == "Cannot judge: 50 customers who left are needed, and there are 49."
    )
    #expect(try verdict(550, of: 599, signals: (1, 2)).sentence.contains("stayed"))
    for kind in ModelVerdict.Kind.allCases { #expect(!kind.text.isEmpty) }
  }

  private func score(_ value: Double) -> Double { 1 / (1 + exp(1 - value)) }

  @Test func `money counts the customers on one list only`() throws {
    // Two of ten are listed: both lists hold row 0; row 1 is the champion's, row 2 the
    // challenger's.
    let outcomes = try PairedOutcomes(
      labels: [true, false, true, false, true, false, false, false, false, false],
      champion: [0.9, 0.8, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
      challenger: [0.9, 0.2, 0.8, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    )
    let prices = Prices(currency: "EUR", value: 100, contact: 3)
    let lists = try #require(ModelComparison(outcomes, capacity: 0.2).disagreement)
    #expect(lists.customers == 2 && lists.gained == 1 && lists.contacts == 0)
    #expect(lists.onlyChampion.customers == 1 && lists.onlyChampion.churners == 0)
    #expect(lists.onlyChallenger.customers == 1 && lists.onlyChallenger.churners == 1)
    #expect(agree(lists.net(prices, saveRate: 0.25).value, 25, 1e-12))
    // A part without churners, or without others, still has an error.
    #expect(lists.standardError > 0.5)
    // The list of all customers costs eight contacts more and finds what is left.
    let wide = Disagreement(outcomes, capacity: 0.2, challengerCapacity: 1)
    #expect(wide.contacts == 8 && wide.onlyChampion.customers == 0 && wide.gained == 2)
    #expect(agree(wide.net(prices, saveRate: 0.25).value, 2 * 25 - 8 * 3, 1e-12))
  }
}
