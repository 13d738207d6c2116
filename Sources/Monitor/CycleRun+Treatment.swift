// SPDX-License-Identifier: Apache-2.0
import Findings
import Performance
import Postgres
import Profiles
import Scan
import Settings
import Store
import YAMLSource

/// How a cycle finds out who was treated: once for each bucket when its labels are of the age that the
/// detectors look at, and once when they are final.
extension CycleRun {
  func readTreatment(
    _ stored: StoredBinning,
    _ decays: [String: VersionDecay]
  ) async throws {
    guard let treatment = model.treatment else { return }
    let store = TreatmentStore(connection, stored, specification: treatment.specification)
    let age = decays.values.compactMap(\.labelAge).min()
    let due = try await store.due(
      ofAge: age.map { asOf.advanced(by: -model.lateness).advanced(by: -$0) } ?? .distantPast
    ).filter { $0.isFinal || decays[$0.version]?.isOfAge($0.bucket) ?? false }
    guard !due.isEmpty else { return }
    monitor.progress.begin("looking who was treated")
    defer { monitor.progress.end() }
    for range in due.map(\.bucket).joined {
      let edges = model.grid.edges(covering: range)
      let found = try await reader.arms(range, edges: edges, asOf: asOf, stored.binning)
      let nobody = ArmCounts(
        arm: .none,
        stratum: "",
        labels: LabelProfile(cellCount: stored.binning.score.cellCount)
      )
      try await store.store(
        due.filter { range.contains($0.bucket) }.map { item in
          let bucket = edges.firstIndex(of: item.bucket.from) ?? 0
          return (item, found[BucketKey(version: item.version, bucket: bucket)] ?? [nobody])
        }
      )
    }
  }
}

/// Who was treated, of the buckets of a model.
struct TreatmentSeries: Sendable {
  let campaign: String
  private let buckets: [String: [StoredBucket<ArmCounts>]]

  init(campaign: String, _ buckets: [StoredBucket<ArmCounts>]) {
    self.campaign = campaign
    self.buckets = Dictionary(grouping: buckets, by: \.version)
  }

  /// Returns the outcomes of a window by arm; nil where it is not known of all buckets who was treated.
  ///
  /// - `labels`: The window's buckets with predictions.
  func outcomes(
    in range: TimeRange,
    _ labels: Set<TimeRange>,
    version: String,
    cellCount: Int
  ) -> ArmedOutcomes? {
    let mine = (buckets[version] ?? []).filter { range.contains($0.bucket) }
    guard labels.isSubset(of: Set(mine.map(\.bucket))) else { return nil }
    let empty = LabelProfile(cellCount: cellCount)
    var untouched = empty
    var strata: [String: ArmedOutcomes.Stratum] = [:]
    for counts in mine.map(\.counts) {
      let none = ArmedOutcomes.Stratum(control: empty, treated: empty)
      switch counts.arm {
      case .none: untouched.merge(counts.labels)
      case .control: strata[counts.stratum, default: none].control.merge(counts.labels)
      case .treated: strata[counts.stratum, default: none].treated.merge(counts.labels)
      }
    }
    return ArmedOutcomes(
      untouched: untouched,
      strata: strata.sorted { $0.key < $1.key }.map(\.value)
    )
  }
}

extension Monitor {
  /// Returns who was treated in some ranges of time; nil where no campaign is named.
  func treatments(
    _ model: ModelSettings,
    _ stored: StoredBinning,
    _ ranges: [TimeRange],
    _ connection: Connection
  ) async throws -> TreatmentSeries? {
    guard let treatment = model.treatment else { return nil }
    let store = TreatmentStore(connection, stored, specification: treatment.specification)
    var buckets: [StoredBucket<ArmCounts>] = []
    for range in ranges { buckets += try await store.buckets(range) }
    return TreatmentSeries(campaign: treatment.campaign.value, buckets)
  }
}

extension Measurement {
  /// More treated predictions than this share make detectors, which know no weights, say nothing.
  private static let toleratedByDetectors = 0.05
  private static let detectors: Set<CheckName> = [.recallDecay, .calibrationDecay]

  /// Returns readings of outcomes as they would be without the campaign.
  func untreated(
    _ readings: [Reading],
    _ kind: WindowSpec,
    _ range: TimeRange,
    _ key: ModelSeries.Key
  ) -> [Reading] {
    guard let treatments else { return readings }
    let all = ModelSeries.Key(version: key.version, segment: nil)
    let outcomes = treatments.outcomes(
      in: range,
      series.series[all]?.labelled(in: range) ?? [],
      version: key.version,
      cellCount: binning.score.cellCount
    )
    guard let outcomes else {
      // Detectors look before that is known.
      return readings.map { reading in
        Self.detectors.contains(reading.check)
          ? reading
          : reading.confounded(
            "it is not known of all predictions who was treated by '\(treatments.campaign)'"
          )
      }
    }
    guard key.segment == nil else {
      guard outcomes.treatedShare > HoldOutPerformance.tolerated else { return readings }
      return readings.map {
        $0.confounded(
          "customers were treated by '\(treatments.campaign)'; the hold-out tells of all rows only"
        )
      }
    }
    let told = HoldOutPerformance.readings(
      readings,
      outcomes,
      campaign: treatments.campaign,
      design: customers.design(key.version, kind)
    )
    guard outcomes.treatedShare > Self.toleratedByDetectors else { return told }
    let share = NumberText.text(100 * outcomes.treatedShare)
    return told.map { reading in
      guard Self.detectors.contains(reading.check) else { return reading }
      return reading.confounded(
        "\(share) % of the predictions' customers were treated by '\(treatments.campaign)'; the hold-out "
          + "tells when labels are final"
      )
    }
  }
}

extension Reading {
  /// The reading as one that must not be judged, unless that is so for another reason already.
  fileprivate func confounded(_ why: String) -> Reading {
    guard PerformanceRoster.isOutcome(check), obstacle == nil else { return self }
    var reading = self
    reading.obstacle = .confounded(why)
    return reading
  }
}
