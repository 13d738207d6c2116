// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Failpoints
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// Bins made from a reference, before they are stored.
struct MadeBins: Sendable {
  let binning: Binning
  /// Rows of the reference.
  let rows: Int
  /// Where profiles in these bins begin.
  let from: Instant
}

/// Makes the bins in which a model's rows are counted, from its reference.
struct BinMaker: Sendable {
  let runtime: Runtime
  let source: Source
  let reader: RowReader
  let references: ReferenceRanges

  /// Makes bins from the reference; nil, with an issue that says why, where it has no rows or is
  /// still to come.
  func make(
    asOf: Instant,
    _ inspection: inout InputInspection
  ) async throws -> MadeBins? {
    let model = source.model
    if let end = references.base.map(\.to).max(), end > asOf {
      inspection.add(
        DataIssue(
          .noReference,
          subject: source.predictions.name,
          message: "the reference ends on \(end), after the moment of this check: nothing can be "
            + "compared before"
        )
      )
      return nil
    }
    runtime.progress.begin(.readingReference, "reading the reference")
    var layout = source.layout(features: source.features, segments: model.segments)
    layout.hasIdentifier = true
    let scanned = try await reader.reference(references.base, layout)
    let trained = try await trainingRows(layout)
    runtime.progress.end()
    guard scanned.rows > 0, trained.map({ $0.rows > 0 }) ?? true else {
      inspection.add(
        DataIssue(
          .noReference,
          subject: source.predictions.name,
          message: "the reference has no rows: nothing can be compared; fix 'reference' in the "
            + "configuration"
        )
      )
      return nil
    }
    inspection.rowsRead += scanned.rows + (trained?.rows ?? 0)
    if let reason = scanned.scoreReason(column: model.predictions.score) {
      inspection.add(
        DataIssue(
          .scoreNoProbability,
          subject: model.predictions.score,
          rows: scanned.rows,
          message: "\(reason); nothing is evaluated until then"
        )
      )
      return nil
    }
    let from = references.base.map(\.from).min() ?? Instant(microseconds: 0)
    return MadeBins(
      binning: binning(scanned, trained),
      rows: trained?.rows ?? scanned.rows,
      from: model.grid.lastEdge(atOrBefore: from)
    )
  }

  /// The bins: of scores from the log, of features from training rows where they are the reference.
  private func binning(_ scanned: ReferenceScanner, _ trained: ReferenceScanner?) -> Binning {
    let choices = Self.choices(source)
    let binning = scanned.binning(choices)
    guard let trained = trained?.binning(choices) else { return binning }
    return Binning(
      features: trained.features,
      score: binning.score,
      segments: trained.segments
    )
  }

  /// What the configuration says of the bins.
  static func choices(_ source: Source) -> ReferenceScanner.Choices {
    let model = source.model
    let reserved = model.reservedMembers
    return ReferenceScanner.Choices(
      thresholds: model.decision.thresholdValues.map {
        source.hasRealScore ? Double(Float($0)) : $0
      },
      identifiers: model.identifiers,
      isListed: model.features.isListed,
      isIncluded: { !reserved.contains($0) }
    )
  }

  /// Reads the training rows for bins; nil where the reference is something else.
  private func trainingRows(_ layout: RowLayout) async throws -> ReferenceScanner? {
    guard case .training = source.model.reference else { return nil }
    var layout = layout
    layout.hasVersion = false
    return try await reader.trainingReference(layout)
  }

  /// Stores bins as the model's newest and returns them.
  ///
  /// - Parameters:
  ///   - made: The bins.
  ///   - store: Where models are kept.
  ///   - number: The model's number.
  ///   - previous: The number of the bins that they replace; 0 for the first.
  /// - Returns: The bins with their watermarks.
  /// - Throws: `ConcurrentUpdate` where another run has stored bins meanwhile.
  func store(
    _ made: MadeBins,
    in store: ModelStore,
    model number: Int,
    after previous: Int
  ) async throws -> StoredBinning {
    try await store.insert(
      NewBinning(
        binning: made.binning,
        fingerprint: references.fingerprint(source.model),
        referenceRows: made.rows,
        from: made.from,
        base: references.movement.isStill ? nil : references.base.first,
        reason: previous == 0 ? references.reason : "the configuration or the reference changed"
      ),
      model: number,
      after: previous
    )
    runtime.failpoints.reach(.binsStored)
    guard let stored = try await store.binning(of: source.model.name) else {
      throw ConcurrentUpdate()
    }
    return stored
  }
}

extension ModelSettings {
  /// Members of the jsonb column of features that are no features.
  fileprivate var reservedMembers: Set<String> {
    guard case .json = features else { return [] }
    return Subject.reserved.union([predictions.score, predictions.id])
  }
}
