// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles

/// A range of predictions whose labels say that something has decayed.
package struct Episode: Sendable, Hashable, Codable {
  /// When the evidence sufficed.
  package let detectedAt: Instant
  /// The first predictions concerned, as far as is known: where the change is likeliest.
  package let since: Instant
  /// When the evidence sufficed that it is over.
  package internal(set) var recoveredAt: Instant?
  /// The first predictions that are well again, where it is over.
  package internal(set) var until: Instant?

  private enum CodingKeys: String, CodingKey { case detectedAt, since, recoveredAt, until }

  /// Whether predictions of a range of time are concerned.
  package func concerns(_ range: TimeRange) -> Bool {
    since < range.to && (until.map { $0 > range.from } ?? true)
  }
}

/// Trials of one cohort that become known together.
package struct CohortTrials: Sendable, Hashable {
  /// The start of the predictions' bucket.
  package let cohort: Instant
  /// When they were known.
  package let knownAt: Instant
  package let outcome: Hypotheses.Outcome

  package init(cohort: Instant, knownAt: Instant, outcome: Hypotheses.Outcome) {
    self.cohort = cohort
    self.knownAt = knownAt
    self.outcome = outcome
  }
}

/// A sequential detector with its memory: quiet until the evidence for decay suffices, then alarmed
/// until the evidence for a recovery does, then quiet again.
///
/// A *segment* is the time from one such moment to the next. What it has seen never changes what it
/// concluded: a label that is corrected later is not seen twice.
package struct SequentialDetector: Sendable, Hashable {
  /// What a detector remembers.
  ///
  /// Stored as JSON with the state of decay, under the names of its coding keys.
  package struct Memory: Sendable, Hashable, Codable {
    fileprivate(set) var advancedUntil: Instant
    fileprivate(set) var episodes: [Episode] = []
    fileprivate(set) var trials = 0
    fileprivate(set) var successes = 0
    fileprivate var evidence = EDetector()
    /// When the present segment, quiet or alarmed, began.
    fileprivate var segmentStart: Instant
    /// The alternative that led when the alarm was given; nil while quiet.
    fileprivate var alarmedBy: Int?
    /// For each possible recovery the evidence since it was last refuted.
    fileprivate var recovery: [Double] = []

    /// Nothing yet: what becomes known after a moment is evaluated.
    package init(from: Instant) {
      advancedUntil = from
      segmentStart = from
    }

    private enum CodingKeys: String, CodingKey {
      case advancedUntil, episodes, trials, successes, evidence, segmentStart, alarmedBy, recovery
    }
  }

  package let hypotheses: Hypotheses
  /// The chance of ever giving a false alarm in one quiet segment.
  package let alpha: Double
  package private(set) var memory: Memory

  package init(hypotheses: Hypotheses, alpha: Double, memory: Memory) {
    self.hypotheses = hypotheses
    self.alpha = alpha
    self.memory = memory
  }

  package var episodes: [Episode] { memory.episodes }
  /// Trials seen.
  package var trials: Int { memory.trials }
  /// The evidence of the present segment: 1 says nothing, 1/α is an alarm.
  package var evidence: Double { exp(min(700, memory.evidence.logEvidence)) }
  /// The episode that is not over.
  package var current: Episode? { memory.alarmedBy == nil ? nil : memory.episodes.last }

  /// Evidence that ends an alarm: a recovery found too early costs a second alarm, no more.
  private static let recoveryEvidence = log(10.0)

  /// Evaluates what became known since the last time and until a moment.
  ///
  /// - `units`: All that is known, of any time.
  package mutating func advance(_ units: [CohortTrials], until moment: Instant) {
    guard moment > memory.advancedUntil else { return }
    let new = Dictionary(
      grouping: units.filter { memory.advancedUntil < $0.knownAt && $0.knownAt <= moment },
      by: \.knownAt
    )
    for (time, group) in new.sorted(by: { $0.key < $1.key }) { step(at: time, group, of: units) }
    memory.advancedUntil = moment
  }

  private mutating func step(at time: Instant, _ group: [CohortTrials], of all: [CohortTrials]) {
    let outcomes = group.map(\.outcome)
    let count = outcomes.reduce(0) { $0 + $1.trials }
    guard count > 0 else { return }
    memory.trials += count
    memory.successes += outcomes.reduce(0) { $0 + $1.successes }
    if let alarmedBy = memory.alarmedBy {
      for (index, gain) in hypotheses.returns(outcomes, from: alarmedBy).enumerated() {
        memory.recovery[index] = max(0, memory.recovery[index]) + gain
      }
      guard memory.recovery.contains(where: { $0 >= Self.recoveryEvidence }) else { return }
      memory.episodes[memory.episodes.count - 1].recoveredAt = time
      memory.episodes[memory.episodes.count - 1].until = max(
        change(in: all, until: time) { -hypotheses.departure($0, alarmedBy) },
        memory.episodes[memory.episodes.count - 1].since
      )
      memory.alarmedBy = nil
      memory.evidence = EDetector()
      memory.segmentStart = time
    } else {
      memory.evidence.advance(
        hypotheses.gains(outcomes),
        priors: hypotheses.alternatives.map(\.prior),
        trials: Double(count)
      )
      guard memory.evidence.logEvidence >= -log(alpha), let leader = memory.evidence.leader else {
        return
      }
      let since = change(in: all, until: time) { hypotheses.departure($0, leader) }
      memory.episodes.append(Episode(detectedAt: time, since: since))
      memory.alarmedBy = leader
      memory.recovery = Hypotheses.overshoots.map { _ in 0 }
      memory.segmentStart = time
    }
  }

  /// Returns the start of the cohort from which on a log-likelihood ratio is largest, among the
  /// trials of the present segment.
  private func change(
    in units: [CohortTrials],
    until moment: Instant,
    _ ratio: ([Hypotheses.Outcome]) -> Double
  ) -> Instant {
    let seen = units.filter { memory.segmentStart < $0.knownAt && $0.knownAt <= moment }
    let cohorts = Dictionary(grouping: seen, by: \.cohort).sorted { $0.key > $1.key }
    var sum = 0.0
    var best = (ratio: -Double.infinity, start: cohorts.first?.key ?? moment)
    for (start, units) in cohorts {
      sum += ratio(units.map(\.outcome))
      if sum > best.ratio { best = (sum, start) }
    }
    return best.start
  }
}
