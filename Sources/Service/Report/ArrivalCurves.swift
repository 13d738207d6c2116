// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Postgres
import Profiles
import Reports
import Settings
import Store

/// How long churners of the reference took to become known.
struct ArrivalCurves: Sendable {
  private let known: StoredHistory

  init(_ known: StoredHistory) { self.known = known }

  /// Fewer churners than this make no curve, and would disclose single customers.
  private static let fewestChurners = 30

  /// Returns how long churners of the reference took to become known, by version: all of them, by
  /// decision, by thirds of the score and by segment.
  ///
  /// - Parameters:
  ///   - references: The reference.
  ///   - versions: The versions.
  ///   - moment: As of when; nothing is said before the reference's horizon has passed.
  /// - Returns: The curves of each version.
  /// - Throws: What the database throws.
  func notes(
    _ references: ReferenceRanges,
    versions: [String],
    knownBy moment: Instant
  ) async throws -> [String: [ArrivalNote]] {
    guard let outcomes = known.model.outcomes else { return [:] }
    let store = LabelStore(known.connection, known.bins)
    var found: [String: [ArrivalNote]] = [:]
    for version in versions {
      var buckets: [StoredBucket<LabelAges>] = []
      for range in references.still(for: version)
      where range.to.advanced(by: outcomes.horizon) <= moment {
        buckets += try await store.segmentAges(range).filter { $0.version == version }
      }
      // All labels are final, so that all days count as one.
      let cohorts = Dictionary(grouping: buckets, by: \.segment).mapValues { days in
        var ages = LabelAges.zero
        for day in days { ages.merge(day.counts) }
        return days.max { $0.bucket.to < $1.bucket.to }.map {
          [Cohort(range: $0.bucket, ages: ages)]
        } ?? []
      }
      found[version] = Self.notes(
        cohorts,
        horizon: outcomes.horizon,
        groupCount: known.bins.binning.score.groupCount,
        knownBy: moment
      )
    }
    return found
  }

  private static func notes(
    _ cohorts: [String?: [Cohort]],
    horizon: FixedDuration,
    groupCount: Int,
    knownBy moment: Instant
  ) -> [ArrivalNote] {
    func note(
      _ name: String,
      _ cohorts: [Cohort],
      counting churners: (LabelAges, Range<Int>) -> Int
    ) -> ArrivalNote? {
      let curve = ArrivalCurve(cohorts, horizon: horizon, knownBy: moment, churners: churners)
      guard curve.isWhole, curve.churners >= fewestChurners else { return nil }
      return ArrivalNote(
        name: name,
        churners: curve.churners,
        known: curve.known.enumerated().map { stratum, share in
          (LabelAge.end(stratum, horizon: horizon).days, share)
        }
      )
    }
    func all(_ ages: LabelAges, _ strata: Range<Int>) -> Int {
      LabelAges.Decision.allCases.reduce(0) {
        $0 + ages.labels(.positive, in: strata, decision: $1)
      }
    }
    let whole = cohorts[nil] ?? []
    var notes = [note("all", whole, counting: all)]
    for (name, decision) in [("flagged", LabelAges.Decision.flagged), ("others", .unflagged)] {
      notes.append(note(name, whole) { $0.labels(.positive, in: $1, decision: decision) })
    }
    let parts = ["lowest third of the scores", "middle third", "highest third"]
    for (part, name) in parts.enumerated() where groupCount >= parts.count {
      let groups = (groupCount * part / parts.count)..<(groupCount * (part + 1) / parts.count)
      notes.append(
        note(name, whole) { ages, strata in
          groups.reduce(0) { $0 + ages.labels(.positive, strata, group: $1) }
        }
      )
    }
    for (segment, mine) in cohorts.sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) {
      if let segment { notes.append(note(segment, mine, counting: all)) }
    }
    return notes.compactMap(\.self)
  }
}
