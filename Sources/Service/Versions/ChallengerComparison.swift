// SPDX-License-Identifier: Apache-2.0
package import Experiments
import Postgres
package import Profiles
import Scan
package import Settings
import SourceTables
import Store

/// Which versions are compared, on which predictions.
package struct ChallengerQuestion: Sendable {
  package let champion: String
  package let challenger: String
  /// The predictions: from this moment on.
  package let from: Instant
  /// Up to this moment, not included.
  package let to: Instant
  package let asOf: Instant
  /// The share of customers that a list can hold.
  package let capacity: Double
  /// The loss of recall at that capacity that would not matter.
  package let margin: Double

  package init(
    champion: String,
    challenger: String,
    from: Instant,
    to: Instant,
    asOf: Instant,
    capacity: Double,
    margin: Double
  ) {
    self.champion = champion
    self.challenger = challenger
    self.from = from
    self.to = to
    self.asOf = asOf
    self.capacity = capacity
    self.margin = margin
  }
}

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

extension VersionService {
  /// Versions that cannot be compared.
  package struct Incomparable: Error, CustomStringConvertible {
    package let description: String
  }

  /// Compares two versions on final labels: on the customers whom both scored where there are
  /// enough, else each on its own traffic.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - question: Which versions, on which predictions.
  /// - Returns: The comparison with its verdict.
  /// - Throws: `Incomparable` where the configuration or the labels do not allow it.
  package func compare(
    _ model: ModelSettings,
    _ question: ChallengerQuestion
  ) async throws -> ChallengerReport {
    let (champion, challenger) = (question.champion, question.challenger)
    let (from, to) = (question.from, question.to)
    guard case .column = model.predictions.version, model.predictions.entity != nil,
      model.outcomes != nil
    else {
      throw Incomparable(
        description:
          "versions are compared by 'version' as a column, 'entity' and 'outcomes': the "
          + "configuration lacks one"
      )
    }
    guard let range = TimeRange(from: from, to: to), from < to else {
      throw Incomparable(description: "--from lies before --to")
    }
    let source = try await runtime.resolve(model)
    runtime.progress.begin(.readingVersions, "reading \(champion) and \(challenger)")
    defer { runtime.progress.end() }
    let found = try await runtime.reader(source, dropsRepeats: false).pairs(
      range,
      edges: model.grid.edges(covering: range),
      asOf: question.asOf,
      champion: champion,
      challenger: challenger
    )
    guard let comparison = try found.comparison(capacity: question.capacity) else {
      let missing = found.championOnly.labels.isEmpty ? champion : challenger
      throw Incomparable(
        description:
          "no final label of \(missing) between \(from) and \(to): is the version spelt right, and "
          + "is the horizon over?"
      )
    }
    return ChallengerReport(
      model: model.name,
      champion: champion,
      challenger: challenger,
      range: range,
      asOf: question.asOf,
      pairs: found.both.labels.count,
      single: (found.championOnly.labels.count, found.challengerOnly.labels.count),
      comparison: comparison,
      verdict: comparison.verdict(primary: .recallAtCapacity, margin: question.margin)
    )
  }
}

extension PairScanner {
  /// Whether most customers were scored by both versions: shadow scoring, with gaps; else traffic
  /// was split.
  var isPaired: Bool {
    let fewer = both.labels.count + min(championOnly.labels.count, challengerOnly.labels.count)
    return 2 * both.labels.count >= fewer && !both.labels.isEmpty
  }

  /// Compares the two versions; nil where one of them has no final label.
  ///
  /// - Parameters:
  ///   - capacity: The share of customers that a list can hold.
  ///   - level: A segment with the number of its value, where only that is compared.
  /// - Returns: The comparison.
  /// - Throws: `OutcomeError` where labels or scores allow none.
  func comparison(
    capacity: Double,
    in level: (segment: Int, value: UInt32)? = nil
  ) throws -> ModelComparison? {
    if isPaired {
      let rows = both.rows(in: level)
      guard !rows.labels.isEmpty else { return nil }
      return ModelComparison(
        try PairedOutcomes(
          labels: rows.labels,
          champion: rows.champion,
          challenger: rows.challenger,
          customers: rows.customers
        ),
        capacity: capacity
      )
    }
    let (first, second) = (championOnly.rows(in: level), challengerOnly.rows(in: level))
    guard !first.labels.isEmpty, !second.labels.isEmpty else { return nil }
    return ModelComparison(
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
}
