// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Evaluation
package import Profiles
package import Retraining

/// What is reported on some windows of some models: the one value that every format prints.
package struct Report: Sendable {
  package var asOf: Instant
  package var models: [ModelReport]

  package init(asOf: Instant, models: [ModelReport]) {
    self.asOf = asOf
    self.models = models
  }
}

/// One version of a model.
package struct ModelReport: Sendable {
  package var model: String
  package var evaluation: VersionEvaluation
  /// What the last check left out.
  package var issues: [DataIssue]
  /// What happened, oldest first.
  package var events: [EventNote] = []
  /// Features in the order of the table, with what they are taken for.
  package var features: [FeatureNote]
  /// The alerts of the version that are more than inactive.
  package var alerts: [ReportedAlert] = []
  /// The model's newest retraining jobs, newest first.
  package var jobs: [JobRecord] = []
  /// How long churners of the reference took to become known; empty where that is not known.
  package var arrivals: [ArrivalNote] = []

  /// How many jobs are shown.
  package static let jobsShown = 10

  package init(
    model: String,
    _ evaluation: VersionEvaluation,
    issues: [DataIssue],
    features: [FeatureNote]
  ) {
    self.model = model
    self.evaluation = evaluation
    self.issues = issues
    self.features = features
  }

  package var version: String { evaluation.version }
  package var windows: [WindowEvaluation] {
    get { evaluation.windows }
    set { evaluation.windows = newValue }
  }
  package var reference: ReferenceSummary? { evaluation.reference }
  package var advice: Advice? { evaluation.advice }
  package var charts: ChartData { evaluation.charts }
}

/// What a feature is taken for.
package struct FeatureNote: Sendable, Hashable {
  package var name: String
  package var kind: FeatureKind.Name
  /// Why it is an identifier.
  package var reason: String?

  package init(name: String, kind: FeatureKind.Name, reason: String?) {
    self.name = name
    self.kind = kind
    self.reason = reason
  }
}
