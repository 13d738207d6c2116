// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Settings
import SourceTables
import Store

/// The history of a check: from what is stored, after reading from the customers' tables what it
/// lacks.
struct CheckHistory: HistorySource {
  private let context: CycleContext
  private let log: ModelLog
  private let known: StoredHistory
  /// Labels as of an earlier moment than the last check's; nothing is stored then.
  private let past: [StoredBucket<LabelProfile>]?

  init(_ context: CycleContext, _ log: ModelLog, past: [StoredBucket<LabelProfile>]?) {
    self.context = context
    self.log = log
    self.past = past
    known = StoredHistory(model: context.model, bins: log.bins, connection: context.connection)
  }

  /// Where to keep what is read of customers; nil for a check of the past, which writes nothing.
  private var customerStore: CustomerStore? {
    past == nil ? CustomerStore(context.connection, log.bins) : nil
  }

  func activity() async throws -> ActivityIndex {
    let profiles = ProfileStore(context.connection, log.bins)
    guard
      let range = TimeRange(
        from: log.bins.profiledFrom,
        to: max(context.closed, log.bins.profiledFrom)
      )
    else { return ActivityIndex([]) }
    guard let past else { return ActivityIndex(try await profiles.activity(range)) }
    return ActivityIndex(features: try await profiles.featureBuckets(range), labels: past)
  }

  func customers(_ history: ModelHistory) async throws -> CustomerStatistics {
    var customers = try await known.customers()
    try await CustomerReading(log)
      .refresh(&customers, history, store: customerStore)
    return customers
  }

  func training(_ history: ModelHistory) async throws -> TrainingProfiles {
    try await TrainingReading(log)
      .profiles(versions: history.activity.versions, context.connection)
  }

  func arrivals(_ history: ModelHistory) async throws -> LabelArrivals? {
    guard context.source.outcomes != nil else { return nil }
    guard past != nil else {
      return try await ArrivalStore(context.connection, log.bins).arrivals()
    }
    guard let range = TimeRange(from: log.bins.profiledFrom, to: context.asOf) else { return nil }
    return try await log.reader.labelArrivals(range)
  }

  func detectDecay(_ history: inout ModelHistory) async throws {
    let specification = DecaySpecification(context.plan, rules: context.rules)
    if let past {
      history.detectDecay(past, specification)
    } else {
      try history.detectDecay(
        try await LabelStore(context.connection, log.bins).labelAges(),
        specification,
        stored: try await DetectorStore(context.connection, log.bins).detectors(),
        isAdvanced: true
      )
    }
  }

  func coverage(_ history: ModelHistory, _ windows: [WindowChoice]) async throws -> [TimeRange:
    Coverage]
  {
    try await CustomerReading(log)
      .coverage(history, windows, store: customerStore)
  }

  func series(_ history: ModelHistory, _ ranges: [TimeRange]) async throws -> ModelSeries {
    try await known.series(history, ranges, labels: past)
  }

  func treatments(_ history: ModelHistory, _ ranges: [TimeRange]) async throws -> TreatmentSeries? {
    try await known.treatments(ranges)
  }
}
