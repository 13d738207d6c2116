// SPDX-License-Identifier: Apache-2.0
import Profiles

/// What a check is: all about it that depends on no data.
///
/// `CheckCatalog` has one for each check. What else asks "is it a share?" or "what is it called?"
/// asks here.
package struct CheckDefinition: Sendable, Hashable {
  /// What a check monitors.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The distribution of a feature, or of the scores taken like one.
    case dataDrift
    /// The distribution of the scores alone.
    case scoreDrift
    /// Predictions against what happened to their customers.
    case performance
    /// Performance that is estimated from scores, before labels come.
    case estimate
    /// Labels that are known early against the reference's of the same age.
    case decay
    /// Whether labels arrive.
    case feed
    /// How many predictions were made, and for whom.
    case volume
  }

  /// What a value counts in.
  package enum Unit: String, Sendable, Hashable, CaseIterable {
    case share = "share, 0..1"
    case signedShare = "share, −1..1"
    case probability = "probability, 0..1"
    /// An index or score that ends at 1.
    case bounded = "none, 0..1"
    /// An index without an upper end.
    case unbounded = "none, 0 upward"
    case ratio = "ratio"
    case slope = "slope"
    case nats = "nats"
    case standardDeviations = "standard deviations of the reference"
    case standardErrors = "standard errors"
    case rowsPerDay = "rows a day"

    /// The value of a model without fault, where values on either side of it are worse.
    package var ideal: Double? {
      switch self {
      case .signedShare: 0
      case .slope: 1
      default: nil
      }
    }

    /// The values that are possible.
    package var range: ClosedRange<Double> {
      let largest = Double.greatestFiniteMagnitude
      return switch self {
      case .share, .probability, .bounded: 0...1
      case .signedShare: -1...1
      case .unbounded, .ratio, .nats, .standardDeviations, .rowsPerDay: 0...largest
      case .slope, .standardErrors: -largest...largest
      }
    }
  }

  /// Where worse values lie.
  package enum Direction: String, Sendable, Hashable, CaseIterable {
    case higher, lower
    /// Away from the reference's value on either side.
    case either
  }

  /// How a value is separated from chance.
  package enum Evidence: Sendable, Hashable {
    /// By the sampling law of the divergence, at a tolerance.
    case law
    /// By binomial intervals of rows, made for the rate of false alarms.
    case rowShare
    /// By a detector that remembers, not by a rule's level.
    case detector(Detector)
    /// By the reading's interval; where it has none, by the value alone.
    case interval
  }

  /// What the rule of a detector states.
  package enum Detector: Sendable, Hashable {
    /// The tolerated drop, absolute or relative.
    case drop
    /// The tolerated change of the odds, as a share of them.
    case oddsChange
  }

  /// What a bad verdict says about the cause, for advice.
  package enum Symptom: Sendable, Hashable, CaseIterable {
    /// The data are broken, from the severity of a warning on.
    case brokenData
    /// The order of the scores is lost: only training helps.
    case lostRanking
    /// The scores lost their meaning: a map helps.
    case lostMeaning
  }

  /// How a check is called.
  package struct Title: Sendable, Hashable {
    package let text: String
    /// Above a column of a page; nil for the check's name.
    package let heading: String?
    /// Above a column of a terminal; nil for the check's name.
    package let narrowHeading: String?

    init(_ text: String, heading: String? = nil, narrowHeading: String? = nil) {
      self.text = text
      self.heading = heading
      self.narrowHeading = narrowHeading
    }
  }

  package let title: Title
  package let kind: Kind
  package let unit: Unit
  package let worse: Direction
  /// Whether the value is a distance from the reference, which is 0 when nothing moved.
  package let isDistance: Bool
  /// `score` or `outcome`; nil for checks of each feature.
  package let subject: String?
  package let evidence: Evidence
  /// How the interval of a reading is made; nil where there is none.
  package let interval: String?
  /// The metric whose design effect widens the interval when customers repeat; nil where none does.
  package let designEffect: CheckName?
  /// nil where a bad verdict alone asks for nothing.
  package let symptom: Symptom?
}

extension CheckDefinition {
  /// What a verdict beyond the rule is called: decay where the model's work got worse; drift where
  /// the data moved, or churn itself did.
  package var badVerdict: Verdict {
    switch kind {
    case .dataDrift, .scoreDrift, .feed, .volume: .drift
    case .performance, .estimate, .decay: subject == Subject.outcomeName ? .drift : .decay
    }
  }

  /// Whether it compares predictions with what happened to their customers: it needs labels, and a
  /// campaign that treats customers confounds it.
  package var isOutcome: Bool {
    switch kind {
    case .performance, .decay: true
    case .dataDrift, .scoreDrift, .estimate, .feed, .volume: false
    }
  }

  /// Whether a detector that remembers evaluates it, not a rule's level.
  package var isDetector: Bool {
    switch evidence {
    case .detector: true
    case .law, .rowShare, .interval: false
    }
  }

  /// Whether the value is a share of rows that binomial intervals evaluate.
  package var isRowShare: Bool { evidence == .rowShare }

  /// Whether a rule may say how often it may be wrong.
  package var takesAlpha: Bool {
    switch evidence {
    case .law, .detector: true
    case .rowShare, .interval: false
    }
  }
}

extension CheckName {
  package var definition: CheckDefinition { CheckCatalog.definition(of: self) }

  /// The title of a column of a page.
  package var heading: String { definition.title.heading ?? rawValue }
  /// The title of a column of a terminal.
  package var narrowHeading: String { definition.title.narrowHeading ?? rawValue }
}
