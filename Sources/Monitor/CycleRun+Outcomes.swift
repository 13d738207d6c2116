// SPDX-License-Identifier: Apache-2.0
import Decay
import Profiles
import Scan
import Settings
import Store

/// How a cycle reads what became of predictions, by feature: once for each bucket, when its labels have the
/// age that the detectors look at.
extension CycleRun {
  /// Reads and stores the outcomes of buckets that are due: those whose labels have come of age, and those
  /// whose rows or labels have changed since.
  func readOutcomes(
    _ stored: StoredBinning,
    _ decays: [String: VersionDecay]
  ) async throws {
    let store = OutcomeStore(connection, stored)
    let marks = try await store.marks()
    var due: [OutcomeStore.Key: (range: TimeRange, mark: OutcomeMark)] = [:]
    for (version, decay) in decays {
      for (range, mark) in decay.outcomeMarks where range.from >= stored.keptFrom {
        let key = OutcomeStore.Key(version: version, from: range.from)
        if marks[key] != mark { due[key] = (range, mark) }
      }
    }
    guard !due.isEmpty else { return }
    monitor.progress.begin("reading what became of predictions")
    defer { monitor.progress.end() }
    // Buckets of one age are read together where they are neighbours.
    for (age, items) in Dictionary(grouping: due, by: \.value.mark.labelAge) {
      for range in items.map(\.value.range).joined {
        let found = try await outcomes(stored, range, labelAge: age)
        let inside = items.filter { range.contains($0.value.range) }
        try await store.store(
          inside.map { key, value in
            let profile = found[key] ?? OutcomeProfile(GroupLayout(stored.binning))
            let bucket = StoredBucket(
              version: key.version,
              segment: nil,
              bucket: value.range,
              counts: profile
            )
            return (bucket, value.mark)
          }
        )
      }
    }
  }

  private func outcomes(
    _ stored: StoredBinning,
    _ range: TimeRange,
    labelAge: FixedDuration
  ) async throws -> [OutcomeStore.Key: OutcomeProfile] {
    let edges = model.grid.edges(covering: range)
    let found = try await reader.outcomes(
      range,
      edges: edges,
      asOf: asOf,
      labelAge: labelAge,
      features: ColumnMatch(stored.binning, source).usable,
      stored.binning
    )
    return Dictionary(
      uniqueKeysWithValues: found.map {
        (OutcomeStore.Key(version: $0.version, from: edges[$0.bucket]), $1)
      }
    )
  }
}

extension VersionDecay {
  /// Whether all predictions of a bucket have the label age that is looked at.
  func isOfAge(_ bucket: TimeRange) -> Bool {
    labelAge.map { bucket.to.advanced(by: $0) <= until } ?? false
  }

  /// The label age that is looked at.
  var labelAge: FixedDuration? { state?.followUp }

  /// The buckets whose labels have come of age, with what is known of them.
  var outcomeMarks: [(range: TimeRange, mark: OutcomeMark)] {
    guard let age = labelAge, let last = LabelAge.last(endingBy: age) else { return [] }
    return all.filter { isOfAge($0.range) }.map { cohort in
      let mark = OutcomeMark(
        labelAge: age,
        caught: cohort.ages.labels(.positive, 0..<(last + 1), .flagged),
        missed: cohort.ages.labels(.positive, 0..<(last + 1), .unflagged),
        flagged: cohort.ages.predictions(.flagged)
      )
      return (cohort.range, mark)
    }
  }
}
