// SPDX-License-Identifier: Apache-2.0
package import Experiments
import Postgres
package import Profiles
import Scan
package import Settings
import Store
import YAMLSource

/// Two versions of a model on the same outcomes.
package struct ChallengerReport: Sendable {
  package let model: String
  package let champion: String
  package let challenger: String
  package let range: TimeRange
  package let asOf: Instant
  /// Customers scored by both, and by one of them.
  package let pairs: Int
  package let single: (champion: Int, challenger: Int)
  package let comparison: ModelComparison
  package let verdict: ModelVerdict
}

extension Monitor {
  /// Versions that cannot be compared.
  package struct Incomparable: Error, CustomStringConvertible {
    package let description: String
  }

  /// Compares two versions on final labels: on the customers whom both scored where there are enough, else each
  /// on its own traffic.
  ///
  /// - `capacity`: The share of customers that a list can hold.
  /// - `margin`: The loss of recall at that capacity that would not matter.
  package func compare(
    _ model: ModelSettings,
    champion: String,
    challenger: String,
    from: Instant,
    to: Instant,
    asOf: Instant,
    capacity: Double,
    margin: Double
  ) async throws -> ChallengerReport {
    guard case .column = model.predictions.version, model.predictions.entity != nil,
      model.outcomes != nil
    else {
      throw Incomparable(
        description:
          "versions are compared by 'version' as a column, 'entity' and 'outcomes': the configuration lacks one"
      )
    }
    guard let range = TimeRange(from: from, to: to), from < to else {
      throw Incomparable(description: "--from lies before --to")
    }
    let source = try await source(model, try await openForReading())
    progress.begin("reading \(champion) and \(challenger)")
    defer { progress.end() }
    let found = try await reader(source, dropsRepeats: false).pairs(
      range,
      edges: model.grid.edges(covering: range),
      asOf: asOf,
      champion: champion,
      challenger: challenger
    )
    let (both, first, second) = (found.both, found.championOnly, found.challengerOnly)
    let fewer = both.labels.count + min(first.labels.count, second.labels.count)
    let comparison: ModelComparison
    // Shadow scoring, with gaps; where most customers have one score, traffic was split.
    if 2 * both.labels.count >= fewer, !both.labels.isEmpty {
      comparison = ModelComparison(
        try PairedOutcomes(
          labels: both.labels,
          champion: both.champion,
          challenger: both.challenger,
          customers: both.customers
        ),
        capacity: capacity
      )
    } else {
      guard !first.labels.isEmpty, !second.labels.isEmpty else {
        throw Incomparable(
          description:
            "no final label of \(first.labels.isEmpty ? champion : challenger) between \(from) and \(to): is the "
            + "version spelt right, and is the horizon over?"
        )
      }
      comparison = ModelComparison(
        champion: try ScoredOutcomes(
          labels: first.labels,
          scores: first.champion,
          customers: first.customers
        ),
        challenger: try ScoredOutcomes(
          labels: second.labels,
          scores: second.challenger,
          customers: second.customers
        ),
        capacity: capacity
      )
    }
    return ChallengerReport(
      model: model.name.value,
      champion: champion,
      challenger: challenger,
      range: range,
      asOf: asOf,
      pairs: both.labels.count,
      single: (first.labels.count, second.labels.count),
      comparison: comparison,
      verdict: comparison.verdict(primary: .recallAtCapacity, margin: margin)
    )
  }
}
