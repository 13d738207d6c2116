// SPDX-License-Identifier: Apache-2.0
import Checks
package import Experiments
import Foundation
import Statistics

/// Champion against challenger, as text or as JSON.
package struct ChallengerDocument: Sendable {
  package var model: String
  package var champion: String
  package var challenger: String
  /// When the predictions were made, for people.
  package var range: String
  package var pairs: Int
  package var single: (champion: Int, challenger: Int)
  package var comparison: ModelComparison
  package var verdict: ModelVerdict
  /// The worth of a saved churner with the cost of a contact, and the share of listed churners who
  /// are saved; nil where no money is configured.
  package var money: (prices: Prices, saveRate: Double)?

  package init(
    model: String,
    champion: String,
    challenger: String,
    range: String,
    pairs: Int,
    single: (champion: Int, challenger: Int),
    comparison: ModelComparison,
    verdict: ModelVerdict,
    money: (prices: Prices, saveRate: Double)?
  ) {
    self.model = model
    self.champion = champion
    self.challenger = challenger
    self.range = range
    self.pairs = pairs
    self.single = single
    self.comparison = comparison
    self.verdict = verdict
    self.money = money
  }

  private static let names: [ModelMetric: String] = [
    .recallAtCapacity: "recall at capacity", .auc: "AUC", .logLoss: "log loss", .brier: "Brier",
  ]

  /// A part of the disagreement, unless it is so small that single customers could be identified.
  private var disagreement: (first: Disagreement.Part, second: Disagreement.Part)? {
    guard let found = comparison.disagreement else { return nil }
    let least = Double(ExperimentAnalysis.smallestCell)
    let parts = [found.onlyChampion, found.onlyChallenger]
    guard parts.allSatisfy({ $0.churners >= least && $0.customers - $0.churners >= least }) else {
      return nil
    }
    return (found.onlyChampion, found.onlyChallenger)
  }

  /// Returns the document for people.
  package func text() -> String {
    var lines = [
      "\(model) · \(challenger) against \(champion) · predictions \(range)",
      "Verdict: \(verdict.kind.text)", verdict.sentence, "",
      comparison.isPaired
        ? "\(NumberText.grouped(pairs)) predictions of the same customers, scored by both"
        : "split traffic: \(NumberText.grouped(single.champion)) predictions of \(champion), "
          + "\(NumberText.grouped(single.challenger)) of \(challenger)",
    ]
    let wide = Self.names.values.map(\.count).max() ?? 0
    for metric in ModelMetric.allCases {
      let name = (Self.names[metric] ?? metric.rawValue).padding(
        toLength: wide,
        withPad: " ",
        startingAt: 0
      )
      switch comparison[metric] {
      case .unavailable(let why): lines.append("  \(name)  -  \(why)")
      case .value(let found):
        lines.append(
          "  \(name)  \(NumberText.text(found.champion)) -> \(NumberText.text(found.challenger)), "
            + "difference \(NumberText.text(found.difference)) (95 %: \(NumberText.text(found.interval.lower)) to "
            + "\(NumberText.text(found.interval.upper))), p \(found.p < 0.0001 ? "<0.0001" : NumberText.text(found.p)); "
            + (metric.isLowerBetter ? "lower is better; " : "") + found.method
        )
      }
    }
    return (lines + disagreements).joined(separator: "\n") + "\n"
  }

  private var disagreements: [String] {
    guard let found = comparison.disagreement else { return [] }
    let capacity = "\((comparison.capacity * 1000).rounded() / 10) %"
    var lines: [String] = [""]
    guard let (first, second) = disagreement else {
      lines.append(
        "with a list of \(capacity) the two differ on too few customers to show them"
      )
      return lines
    }
    lines.append(
      "with a list of \(capacity) the two differ: only \(champion) lists \(NumberText.whole(first.customers)) customers of whom "
        + "\(NumberText.whole(first.churners)) left, only \(challenger) \(NumberText.whole(second.customers)) of whom "
        + "\(NumberText.whole(second.churners)) left"
    )
    if let (prices, saveRate) = money {
      let net = found.net(prices, saveRate: saveRate)
      let currency = net.currency.isEmpty ? "" : net.currency + " "
      lines.append(
        "on them \(challenger) would bring \(currency)\(NumberText.whole(net.value)) more (95 %: "
          + "\(NumberText.whole(net.interval.lower)) to \(NumberText.whole(net.interval.upper))), if "
          + "\(NumberText.text(100 * saveRate)) % of the churners on a list are kept, each worth "
          + "\(NumberText.whole(prices.value))"
      )
    }
    return lines
  }

  private struct Document: Encodable {
    struct Figure: Encodable {
      let metric: String
      let champion: Double?
      let challenger: Double?
      let difference: Double?
      let interval: [Double]?
      let p: Double?
      let method: String?
      let reason: String?
    }

    struct Money: Encodable {
      let currency: String
      let value: Double
      let interval: [Double]
    }

    let schema = 1
    let model: String
    let champion: String
    let challenger: String
    let verdict: String
    let sentence: String
    let paired: Bool
    let pairs: Int
    let capacity: Double
    let figures: [Figure]
    let only_champion: [Double]?
    let only_challenger: [Double]?
    let money: Money?
  }

  /// Returns the document as JSON.
  package func json() throws -> String {
    var figures: [Document.Figure] = []
    for metric in ModelMetric.allCases {
      let found = comparison[metric].difference
      var reason: String?
      if case .unavailable(let why) = comparison[metric] { reason = why }
      figures.append(
        Document.Figure(
          metric: metric.rawValue,
          champion: found?.champion,
          challenger: found?.challenger,
          difference: found?.difference,
          interval: found.map { [$0.interval.lower, $0.interval.upper] },
          p: found?.p,
          method: found?.method,
          reason: reason
        )
      )
    }
    let published = disagreement
    let net =
      published == nil
      ? nil
      : comparison.disagreement.flatMap { part in
        money.map { part.net($0.prices, saveRate: $0.saveRate) }
      }
    let document = Document(
      model: model,
      champion: champion,
      challenger: challenger,
      verdict: verdict.kind.rawValue,
      sentence: verdict.sentence,
      paired: comparison.isPaired,
      pairs: pairs,
      capacity: comparison.capacity,
      figures: figures,
      only_champion: published.map { [$0.first.customers, $0.first.churners] },
      only_challenger: published.map { [$0.second.customers, $0.second.churners] },
      money: net.map {
        Document.Money(
          currency: $0.currency,
          value: $0.value,
          interval: [$0.interval.lower, $0.interval.upper]
        )
      }
    )
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
  }
}
