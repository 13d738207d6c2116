// SPDX-License-Identifier: Apache-2.0
import Alerting
import Decay
import Findings
import Foundation
import Postgres
import Profiles
import Settings
import Store

/// How a cycle looks for decay: from where it stood, through what became known since.
extension Monitor {
  /// Returns what the detectors say after a look at everything that is known by a moment.
  ///
  /// - `past`: Labels as of an earlier moment than the last check's, for which the detectors begin anew;
  ///   nil goes on from where they stand.
  func decays(
    _ model: ModelSettings,
    _ stored: StoredBinning,
    _ references: ReferenceRanges,
    _ past: [StoredBucket<LabelProfile>]?,
    until moment: Instant,
    _ customers: CustomerFacts,
    _ connection: Connection
  ) async throws -> [String: VersionDecay] {
    guard past == nil else {
      return versionDecays(model, references, past ?? [], until: moment, states: [:], customers)
    }
    return try await decays(
      model,
      stored,
      references,
      until: moment,
      isAdvanced: true,
      customers,
      connection
    )
  }

  /// Returns what the detectors said at the last check.
  func knownDecays(
    _ model: ModelSettings,
    _ stored: StoredBinning,
    _ references: ReferenceRanges,
    until moment: Instant,
    _ connection: Connection
  ) async throws -> [String: VersionDecay] {
    try await decays(
      model,
      stored,
      references,
      until: moment,
      isAdvanced: false,
      CustomerFacts(),
      connection
    )
  }

  private func decays(
    _ model: ModelSettings,
    _ stored: StoredBinning,
    _ references: ReferenceRanges,
    until moment: Instant,
    isAdvanced: Bool,
    _ customers: CustomerFacts,
    _ connection: Connection
  ) async throws -> [String: VersionDecay] {
    guard let specification = specification(model) else { return [:] }
    let labels = try await LabelStore(connection, stored).labelAges()
    let known = try await DetectorStore(connection, stored).detectors()
    var decays: [String: VersionDecay] = [:]
    for (version, cohorts) in Self.cohorts(labels) {
      let detector = known.first { $0.version == version }
      var state: DecayState?
      if let detector, detector.specification == specification.text {
        state = try JSONDecoder().decode(DecayState.self, from: Data(detector.state.utf8))
      }
      decays[version] = VersionDecay(
        cohorts,
        reference: references.still(for: version),
        specification,
        known: state,
        previously: detector?.previously,
        until: isAdvanced ? moment : detector?.advancedUntil ?? moment,
        isAdvanced: isAdvanced,
        customers: customers.effects[version]?.effects
      )
    }
    return decays
  }

  /// Returns what the detectors say of labels in memory.
  ///
  /// - `states`: Where they stood; versions that are not in it begin anew.
  func versionDecays(
    _ model: ModelSettings,
    _ references: ReferenceRanges,
    _ labels: [StoredBucket<LabelProfile>],
    until moment: Instant,
    states: [String: DecayState],
    _ customers: CustomerFacts
  ) -> [String: VersionDecay] {
    guard let specification = specification(model) else { return [:] }
    let ages = labels.filter { $0.segment == nil }.map {
      StoredBucket(version: $0.version, segment: nil, bucket: $0.bucket, counts: $0.counts.ages)
    }
    return Self.cohorts(ages).reduce(into: [:]) { decays, item in
      decays[item.key] = VersionDecay(
        item.value,
        reference: references.still(for: item.key),
        specification,
        known: states[item.key],
        previously: nil,
        until: moment,
        customers: customers.effects[item.key]?.effects
      )
    }
  }

  private static func cohorts(_ labels: [StoredBucket<LabelAges>]) -> [String: [Cohort]] {
    Dictionary(grouping: labels, by: \.version).mapValues { buckets in
      buckets.map { Cohort(range: $0.bucket, ages: $0.counts) }
        .sorted { $0.range.from < $1.range.from }
    }
  }

  /// What the detectors of a model look for: what the rules ask, else the usual.
  private func specification(_ model: ModelSettings) -> DecaySpecification? {
    guard let outcomes = model.outcomes else { return nil }
    var specification = DecaySpecification(
      followUp: outcomes.followUp,
      horizon: outcomes.horizon
    )
    let usual = specification.recallAlpha
    for rule in judge.rules {
      switch (rule.condition.check, rule.condition.test) {
      case (.recallDecay, .drop(.absolute(let drop))):
        (specification.drop, specification.recallAlpha) = (
          .absolute(drop), rule.condition.alpha ?? usual
        )
      case (.recallDecay, .drop(.relative(let share))):
        (specification.drop, specification.recallAlpha) = (
          .relative(share), rule.condition.alpha ?? usual
        )
      case (.calibrationDecay, .change(.relative(let change))):
        (specification.change, specification.calibrationAlpha) = (
          change, rule.condition.alpha ?? usual
        )
      default: break
      }
    }
    return specification
  }
}
