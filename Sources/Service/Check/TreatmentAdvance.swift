// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// Finds out who was treated: once for each bucket when its labels are of the age at which decay is
/// evaluated, and once when they are final.
struct TreatmentAdvance: Sendable {
  private let context: CycleContext
  private let log: ModelLog

  init(_ context: CycleContext, _ log: ModelLog) {
    self.context = context
    self.log = log
  }

  func run(_ decays: [String: VersionDecay]) async throws {
    let (model, asOf) = (context.model, context.asOf)
    guard let treatment = model.treatment else { return }
    let store = TreatmentStore(context.connection, log.bins, specification: treatment.identity.text)
    let age = decays.values.compactMap(\.labelAge).min()
    let due = try await store.due(
      ofAge: age.map { asOf.advanced(by: -model.lateness).advanced(by: -$0) } ?? .distantPast
    ).filter { $0.isFinal || decays[$0.version]?.isOfAge($0.bucket) ?? false }
    guard !due.isEmpty else { return }
    context.progress.begin(.readingTreatment, "reading who was treated")
    defer { context.progress.end() }
    for range in due.map(\.bucket).joined {
      let edges = model.grid.edges(covering: range)
      let found = try await log.reader.arms(range, edges: edges, asOf: asOf, log.bins.binning)
      let nobody = ArmCounts(
        arm: .none,
        stratum: "",
        labels: LabelProfile(binCount: log.bins.binning.score.binCount)
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
