// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Statistics

/// What a check measured: a value with its interval and sample, without a verdict.
package struct Reading: Sendable, Hashable {
  /// Rows, or labelled rows, behind a value; `reference` is nil where none was compared.
  package struct Sample: Sendable, Hashable {
    package var current: Int
    package var reference: Int?

    package init(current: Int, reference: Int? = nil) {
      self.current = current
      self.reference = reference
    }
  }

  /// Why there is no value, or why it must not be evaluated.
  package enum Obstacle: Sendable, Hashable {
    /// Nothing to measure: no rows, no labels, one class only. The text says which.
    case noData(String)
    /// Nothing to compare with.
    case noReference(String)
    /// Labels are still to come; the text gives the share that is known.
    case immature(String)
    /// A campaign changed the outcomes, and what would have been cannot be known.
    case confounded(String)
  }

  package let check: CheckName
  /// A feature's name, `score` or `outcome`.
  package let subject: String
  /// `column=level`; nil for all rows.
  package var segment: String?
  package var value: Double?
  package var interval: Interval?
  package var reference: Double?
  package var referenceInterval: Interval?
  package var sample: Sample
  package var obstacle: Obstacle?
  /// The p-value, where the check is a test.
  package var p: Double?
  /// The law of the value when nothing but chance moved it, where it is known.
  package var law: SamplingLaw?
  /// What windows of the reference show of the same value; nil where there are too few of them.
  package var spread: SpreadComparison?
  /// What a detector that remembers says.
  package var detector: DetectorStatus?
  /// The factor by which the reference's values look multiplied; nil where they do not.
  package var unitFactor: Double?
  /// What people should know of the value, as the end of the reason.
  package var note: String?
  /// Further numbers, in the order in which reports print them.
  package var details: [Detail] = []

  package struct Detail: Sendable, Hashable {
    package let name: String
    package let value: Double

    package init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// A reading with a value.
  package init(
    _ check: CheckName,
    subject: String,
    value: Double,
    interval: Interval? = nil,
    reference: Double? = nil,
    referenceInterval: Interval? = nil,
    sample: Sample
  ) {
    self.check = check
    self.subject = subject
    self.value = Self.finite(value)
    self.interval = interval
    self.reference = reference
    self.referenceInterval = referenceInterval
    self.sample = sample
  }

  /// A value that is a number: only then is it a reading.
  private static func finite(_ value: Double) -> Double {
    precondition(value.isFinite, "a reading is a number")
    return value
  }

  /// A reading that could not be taken.
  package init(_ check: CheckName, subject: String, sample: Sample, obstacle: Obstacle) {
    self.check = check
    self.subject = subject
    self.sample = sample
    self.obstacle = obstacle
  }
}

/// What a sequential detector says of a window.
package struct DetectorStatus: Sendable, Hashable {
  /// An alarm that concerns the window's predictions.
  package struct Alarm: Sendable, Hashable {
    /// The first predictions concerned.
    package let since: Instant
    package let detectedAt: Instant
    /// The first predictions that are well again; nil while the alarm lasts.
    package let until: Instant?

    package init(since: Instant, detectedAt: Instant, until: Instant?) {
      self.since = since
      self.detectedAt = detectedAt
      self.until = until
    }
  }

  /// The value beyond which the detector gathers evidence.
  package let boundary: Double
  /// The evidence gathered so far in favour of decay, or in an alarm of when it was given; 1 says
  /// nothing.
  package let evidence: Double
  /// An alarm is given where the evidence reaches 1/α.
  package let alpha: Double
  /// Trials that it has evaluated.
  package let seen: Int
  /// Whether the reference is too small, or too near its end, for any decay to be shown.
  package let hasNoPower: Bool
  package let alarm: Alarm?

  package init(
    boundary: Double,
    evidence: Double,
    alpha: Double,
    seen: Int,
    hasNoPower: Bool,
    alarm: Alarm?
  ) {
    self.boundary = boundary
    self.evidence = evidence
    self.alpha = alpha
    self.seen = seen
    self.hasNoPower = hasNoPower
    self.alarm = alarm
  }
}

/// The law of a divergence between two multinomial samples.
package struct SamplingLaw: Sendable, Hashable {
  /// 1/N + 1/M: the divergence over this is χ² when nothing moved.
  package let scale: Double
  package let degreesOfFreedom: Double
  /// The delta method's standard error of the divergence.
  package let standardError: Double
  /// How much higher the divergence lies on average than the law says; never below 0.
  package let excess: Double

  package init(
    scale: Double,
    degreesOfFreedom: Double,
    standardError: Double,
    excess: Double = 0
  ) {
    self.scale = scale
    self.degreesOfFreedom = degreesOfFreedom
    self.standardError = standardError
    self.excess = max(0, excess)
  }

  /// The divergence that chance exceeds with probability `alpha` when the true one is `tolerance`:
  /// scale · χ²⁻¹(1 − α; df, tolerance / scale) + excess.
  ///
  /// At tolerance 0 it is the two-sample threshold of B. Yurdakul (2018); with a tolerance, the
  /// idea of C. Potgieter et al. (arXiv 2307.11878) for two samples.
  package func threshold(tolerance: Double, alpha: Double) -> Double {
    ChiSquared(degreesOfFreedom: degreesOfFreedom, noncentrality: tolerance / scale)
      .quantile(1 - alpha) * scale + excess
  }

  /// The chance that chance exceeds `value` when the true divergence is `tolerance`.
  package func p(_ value: Double, tolerance: Double) -> Double {
    ChiSquared(degreesOfFreedom: degreesOfFreedom, noncentrality: tolerance / scale)
      .upperTail((value - excess) / scale)
  }

  /// The smallest true divergence that exceeds `threshold` with probability `power`.
  package func smallestDetectable(threshold: Double, power: Double = 0.8) -> Double {
    scale
      * ChiSquared.noncentrality(
        exceeding: max(0, threshold - excess) / scale,
        withProbability: power,
        degreesOfFreedom: degreesOfFreedom,
        isApproximate: true
      )
  }
}
