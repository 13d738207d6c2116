// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Something that was decided about a version.
package struct VersionEvent: Sendable {
  package let version: String
  package let state: ModelVersion.State
  package let author: String
  package let reason: String
  /// What the gate had seen; nil where it was not asked.
  package let evidence: TrialEvidence?
  /// The moment of the check, or of an operator's decision.
  package let asOf: Instant

  package init(
    version: String,
    state: ModelVersion.State,
    author: String,
    reason: String,
    evidence: TrialEvidence?,
    asOf: Instant
  ) {
    self.version = version
    self.state = state
    self.author = author
    self.reason = reason
    self.evidence = evidence
    self.asOf = asOf
  }
}

/// What was last said of one window of a version.
package struct VersionWindow: Sendable {
  /// `recall` or `calibration-level`.
  package let check: String
  package let figure: TrainingEffect.Figure

  package init(check: String, figure: TrainingEffect.Figure) {
    self.check = check
    self.figure = figure
  }
}
