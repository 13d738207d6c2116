// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Postgres
import Profiles
import Settings
import Store

/// The history of a report: what is stored, and nothing that must be read for it.
struct ReportHistory: HistorySource {
  let known: StoredHistory
  let rules: [Rule]
  /// Everything that is stored is in it.
  let range: TimeRange
  /// The counts as of an earlier moment; nil for what is known now.
  var past: ReplayPast?
  var labels: [StoredBucket<LabelProfile>] = []
  var outcomes: [StoredBucket<OutcomeProfile>] = []

  private var connection: Connection { known.connection }

  func activity() async throws -> ActivityIndex {
    let bins = known.bins
    guard
      let all = TimeRange(from: bins.profiledFrom, to: max(range.to, bins.profiledFrom))
    else { return ActivityIndex([]) }
    return ActivityIndex(try await ProfileStore(connection, bins).activity(all))
  }

  func customers(_ history: ModelHistory) async throws -> CustomerStatistics {
    try await known.customers()
  }

  func training(_ history: ModelHistory) async throws -> TrainingProfiles {
    try await TrainingStore(connection, known.bins).profiles()
  }

  func arrivals(_ history: ModelHistory) async throws -> LabelArrivals? {
    guard known.model.outcomes != nil else { return nil }
    guard let past else { return try await ArrivalStore(connection, known.bins).arrivals() }
    return past.arrivals
  }

  func detectDecay(_ history: inout ModelHistory) async throws {
    let specification = DecaySpecification(history.plan, rules: rules)
    guard past == nil else {
      history.detectDecay(labels, specification)
      return
    }
    try history.detectDecay(
      try await LabelStore(connection, known.bins).labelAges(),
      specification,
      stored: try await DetectorStore(connection, known.bins).detectors(),
      isAdvanced: false
    )
  }

  /// Checks count it; a report does not read the customers' tables.
  func coverage(_ history: ModelHistory, _ windows: [WindowChoice]) -> [TimeRange: Coverage] {
    [:]
  }

  func series(_ history: ModelHistory, _ ranges: [TimeRange]) async throws -> ModelSeries {
    guard let past else { return try await known.series(history, ranges) }
    return ModelSeries(
      known.bins.binning,
      features: past.features(until: history.closed),
      labels: labels,
      outcomes: outcomes
    )
  }

  func treatments(_ history: ModelHistory, _ ranges: [TimeRange]) async throws -> TreatmentSeries? {
    try await known.treatments([range])
  }
}
