// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Postgres
import Profiles
import Settings
import SourceTables
import Store

/// The history of a replay at one moment: counts in memory, of the rows and labels known then.
struct ReplayHistory: HistorySource {
  let log: ModelLog
  let known: StoredHistory
  let specification: DecaySpecification?
  /// Outcomes by the day of their arrival, as far as they are known at the end.
  let arrivals: LabelArrivals?
  /// Features of the buckets that were closed, and labels as known.
  let features: [StoredBucket<FeatureProfile>]
  let labels: [StoredBucket<LabelProfile>]
  /// Set once the detectors have said which buckets are of age.
  var outcomes: [StoredBucket<OutcomeProfile>] = []
  /// What is carried from one moment to the next.
  let carried: Carried
  /// The replayed range, of which it is read who was treated.
  let range: TimeRange

  /// What one moment of a replay leaves to the next.
  struct Carried: Sendable {
    var customers = CustomerStatistics()
    var detectors: [String: DecayState] = [:]
  }

  func activity() -> ActivityIndex { ActivityIndex(features: features, labels: labels) }

  func customers(_ history: ModelHistory) async throws -> CustomerStatistics {
    var customers = carried.customers
    try await CustomerReading(log)
      .refresh(&customers, history, store: nil)
    return customers
  }

  func training(_ history: ModelHistory) async throws -> TrainingProfiles {
    try await TrainingReading(log)
      .profiles(versions: history.activity.versions, known.connection)
  }

  func arrivals(_ history: ModelHistory) -> LabelArrivals? { arrivals }

  func detectDecay(_ history: inout ModelHistory) {
    history.detectDecay(labels, specification, states: carried.detectors)
  }

  func coverage(
    _ history: ModelHistory,
    _ windows: [WindowChoice]
  ) async throws -> [TimeRange: Coverage] {
    try await CustomerReading(log)
      .coverage(history, windows, store: nil)
  }

  func series(_ history: ModelHistory, _ ranges: [TimeRange]) -> ModelSeries {
    ModelSeries(log.bins.binning, features: features, labels: labels, outcomes: outcomes)
  }

  func treatments(_ history: ModelHistory, _ ranges: [TimeRange]) async throws -> TreatmentSeries? {
    try await known.treatments([range])
  }
}
