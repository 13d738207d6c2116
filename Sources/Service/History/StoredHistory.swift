// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Foundation
import Postgres
import Profiles
import Settings
import SourceTables
import Store

/// What is stored of a model, as an evaluation wants it.
struct StoredHistory: Sendable {
  let model: ModelSettings
  let bins: StoredBinning
  let connection: Connection

  /// What is known of customers.
  func customers() async throws -> CustomerStatistics {
    let store = CustomerStore(connection, bins)
    var known = CustomerStatistics()
    if model.predictions.entity != nil, model.outcomes != nil {
      for item in try await store.effects() {
        known.effects[item.version] = KnownEffects(
          specification: item.specification,
          isFinal: item.isFinal,
          effects: try JSONDecoder().decode(CustomerEffects.self, from: Data(item.effects.utf8))
        )
      }
    }
    if let customers = model.customers {
      known.isCoverageWanted = true
      known.coverage = try await store.coverage(customers.identity.text)
    }
    return known
  }

  /// The counts of ranges of time.
  ///
  /// - Parameters:
  ///   - history: Its detectors say which outcomes are of age.
  ///   - ranges: Of the windows and their reference.
  ///   - counted: Labels to take instead of the stored ones.
  /// - Returns: The counts of all buckets inside.
  /// - Throws: What the database throws.
  func series(
    _ history: ModelHistory,
    _ ranges: [TimeRange],
    labels counted: [StoredBucket<LabelProfile>]? = nil
  ) async throws -> ModelSeries {
    let profiles = ProfileStore(connection, bins)
    let labelStore = LabelStore(connection, bins)
    let outcomeStore = OutcomeStore(connection, bins)
    var features: [StoredBucket<FeatureProfile>] = []
    var labels = counted ?? []
    var outcomes: [StoredBucket<OutcomeProfile>] = []
    let ages = history.decays.compactMapValues(\.labelAge)
    for range in ranges {
      features += try await profiles.featureBuckets(range)
      if counted == nil { labels += try await labelStore.labelBuckets(range) }
      outcomes += try await outcomeStore.outcomeBuckets(range, labelAges: ages)
    }
    return ModelSeries(
      bins.binning,
      features: features,
      labels: labels,
      outcomes: outcomes.filter { history.decays[$0.version]?.isOfAge($0.bucket) ?? false }
    )
  }

  /// Who was treated in ranges of time; nil where no campaign is named.
  func treatments(_ ranges: [TimeRange]) async throws -> TreatmentSeries? {
    guard let treatment = model.treatment else { return nil }
    let store = TreatmentStore(connection, bins, specification: treatment.identity.text)
    var buckets: [StoredBucket<ArmCounts>] = []
    for range in ranges { buckets += try await store.buckets(range) }
    return TreatmentSeries(campaign: treatment.campaign, buckets)
  }
}
