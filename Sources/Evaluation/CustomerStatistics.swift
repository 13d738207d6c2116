// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// How much less the predictions of one version say because its customers are scored again and
/// again.
package struct CustomerEffects: Sendable, Codable {
  /// By kind of window, as it is written.
  package let windows: [String: DesignEffects]
  /// Over the whole reference.
  package let reference: DesignEffects?
  /// The same of churn that was known early, for the detectors.
  package let early: DesignEffects?

  package init(windows: [String: DesignEffects], reference: DesignEffects?, early: DesignEffects?) {
    self.windows = windows
    self.reference = reference
    self.early = early
  }

  /// What the detectors' dispersions are at least, as factors on the variance from 1 up.
  var floors: (recall: Double, calibration: Double) {
    (early?[.recall] ?? 1, early?[.calibrationLevel] ?? 1)
  }
}

/// Effects with what they were made of: a text that changes when they must be counted again,
/// and whether all labels behind them were final.
package struct KnownEffects: Sendable {
  package let specification: String
  package let isFinal: Bool
  package let effects: CustomerEffects

  package init(specification: String, isFinal: Bool, effects: CustomerEffects) {
    self.specification = specification
    self.isFinal = isFinal
    self.effects = effects
  }
}

/// What is known of a model's customers: how often they repeat, and how many were scored.
package struct CustomerStatistics: Sendable {
  /// By version.
  package var effects: [String: KnownEffects] = [:]
  /// How many were scored, by window.
  package var coverage: [TimeRange: Coverage] = [:]
  /// Whether it is known who should be scored.
  package var isCoverageWanted = false

  package init() {}

  /// The factors on the variance of a version's metrics in windows of a kind; nil where not known.
  func design(_ version: String, _ kind: WindowSpec) -> DesignEffects? {
    effects[version]?.effects.windows[kind.description]
  }
}

extension ReferenceRanges {
  /// The newest window of a kind in what stands still; nil where none fits.
  package func sample(_ kind: WindowSpec) -> TimeRange? {
    base.compactMap { range in
      grid.lastWindow(kind, endingBy: range.to).flatMap { $0.from >= range.from ? $0 : nil }
    }.max { $0.to < $1.to }
  }
}
