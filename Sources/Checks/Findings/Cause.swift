// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Statistics

/// A change with its 95 % interval.
package struct Effect: Sendable {
  package let value: Double
  package let interval: Interval

  package init(_ value: Double, standardError: Double) {
    self.value = value
    interval = Interval(estimate: value, standardError: standardError)
  }

  /// Whether chance alone does not explain it.
  package var isClear: Bool { interval.lower > 0 || interval.upper < 0 }
}

/// What the shift of one subject does to a figure.
package struct EffectParts: Sendable {
  /// The change that is expected if nothing but the subject's distribution had moved: its covariate
  /// part.
  package let distribution: Effect
  /// The change that follows when customers of the subject's groups also churn at their new rates:
  /// its concept part; nil before labels are known.
  package let behaviour: Effect?

  package init(distribution: Effect, behaviour: Effect?) {
    self.distribution = distribution
    self.behaviour = behaviour
  }

  package var total: Double { distribution.value + (behaviour?.value ?? 0) }
  /// Whether either part is more than chance.
  package var isClear: Bool { distribution.isClear || behaviour?.isClear ?? false }
}

/// A feature or segment with what its shift accounts for.
package struct Cause: Sendable {
  /// A rate in the window and in the reference.
  package struct Rates: Sendable {
    package let current: Double
    package let reference: Double

    package init(current: Double, reference: Double) {
      self.current = current
      self.reference = reference
    }
  }

  /// The group of a subject that accounts for most of the effect on recall.
  package struct Group: Sendable {
    package let name: String
    /// Its share of the predictions, in the window and in the reference.
    package let share: Rates
    /// Its share of churners by the label age; nil before labels are known.
    package let churn: Rates?

    package init(
      name: String,
      share: Rates,
      churn: Rates?
    ) {
      self.name = name
      self.share = share
      self.churn = churn
    }
  }

  package let subject: String
  package let isSegment: Bool
  package let recall: EffectParts
  /// Wrong decisions (false negatives and false positives) as a share of the predictions.
  package let loss: EffectParts
  /// Nil where the bins behind it are too small to be shown.
  package let group: Group?

  package init(
    subject: String,
    isSegment: Bool,
    recall: EffectParts,
    loss: EffectParts,
    group: Group?
  ) {
    self.subject = subject
    self.isSegment = isSegment
    self.recall = recall
    self.loss = loss
    self.group = group
  }
}

/// Why recall and loss of a window differ from the reference's, as far as the data show.
package struct CauseNote: Sendable {
  /// A segment level with its recall.
  package struct WorstSegment: Sendable {
    package let segment: String
    package let recall: Double
    package let interval: Interval
    package let churners: Int
    package let reference: Double

    package init(
      segment: String,
      recall: Double,
      interval: Interval,
      churners: Int,
      reference: Double
    ) {
      self.segment = segment
      self.recall = recall
      self.interval = interval
      self.churners = churners
      self.reference = reference
    }
  }

  /// Churn is what was known of each prediction at this age.
  package let labelAge: FixedDuration
  package let referenceRecall: Double
  package let referenceLoss: Double
  /// The window's own figures; nil before its labels have that age.
  package let recall: Double?
  package let loss: Double?
  /// What the shift of the scores accounts for.
  ///
  /// That is the covariate part of all features together; what is left of the realised change is
  /// the concept part.
  package let byScores: (recall: EffectParts, loss: EffectParts)
  /// Those that cost most recall first.
  package let causes: [Cause]
  /// The segments with the lowest recall against their own reference, worst first.
  package let worst: [WorstSegment]

  package init(
    labelAge: FixedDuration,
    referenceRecall: Double,
    referenceLoss: Double,
    recall: Double?,
    loss: Double?,
    byScores: (recall: EffectParts, loss: EffectParts),
    causes: [Cause],
    worst: [WorstSegment]
  ) {
    self.labelAge = labelAge
    self.referenceRecall = referenceRecall
    self.referenceLoss = referenceLoss
    self.recall = recall
    self.loss = loss
    self.byScores = byScores
    self.causes = causes
    self.worst = worst
  }
}
