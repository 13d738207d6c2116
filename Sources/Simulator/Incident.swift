// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Something that happens to a simulated operator, with its date and size.
package struct Incident: Sendable, Hashable {
  /// What can happen.
  package enum Kind: String, Sendable, CaseIterable {
    case priceRise = "price_rise"
    case competitorOffer = "competitor_offer"
    case billingNull = "billing_null"
    case newTariff = "new_tariff"
    case unitsChanged = "units_changed"
    case labelFeedStops = "label_feed_stops"
    case labelFeedNegative = "label_feed_negative"
    case scoreRescaled = "score_rescaled"
    case regionGrowth = "region_growth"
    case duplicatedUpload = "duplicated_upload"
    case codesRenamed = "codes_renamed"
    case columnStuck = "column_stuck"
    case logStops = "log_stops"
    case labelFeedPositive = "label_feed_positive"
    case churnRises = "churn_rises"
    case rankingFades = "ranking_fades"
  }

  package var kind: Kind
  package var from: CivilDate
  /// The first day on which it is over; nil where it lasts.
  package var until: CivilDate?
  /// How large it is, in the kind's own unit.
  package var size: Double

  package init(_ kind: Kind, from: CivilDate, until: CivilDate? = nil, size: Double? = nil) {
    self.kind = kind
    self.from = from
    self.until = until
    self.size = size ?? kind.usualSize
  }

  /// Whether it holds on a day, by day number.
  func holds(on day: Int) -> Bool {
    from.dayNumber <= day && until.map { day < $0.dayNumber } ?? true
  }
}

extension Incident.Kind {
  /// The size where none is given.
  package var usualSize: Double {
    switch self {
    case .priceRise: 0.08
    case .competitorOffer: 2.3
    case .newTariff: 0.25
    case .unitsChanged: 100
    case .scoreRescaled: 0.5
    case .regionGrowth: 2
    case .churnRises: 1.5
    case .rankingFades: 0.5
    case .billingNull, .labelFeedStops, .labelFeedNegative, .duplicatedUpload, .codesRenamed,
      .columnStuck, .logStops, .labelFeedPositive:
      1
    }
  }

  /// The sizes that make sense.
  package var sizes: ClosedRange<Double> {
    switch self {
    case .priceRise: 0...1
    case .competitorOffer: 0...4
    case .newTariff, .billingNull, .labelFeedNegative, .labelFeedStops: 0...1
    case .unitsChanged: 0.001...1000
    case .scoreRescaled: 0.1...2
    case .regionGrowth: 0...5
    case .duplicatedUpload: 0...1
    case .codesRenamed, .columnStuck, .logStops, .labelFeedPositive, .rankingFades: 0...1
    case .churnRises: 0.1...5
    }
  }

  /// What the size measures.
  package var unit: String {
    switch self {
    case .priceRise: "share by which all bills rise"
    case .competitorOffer: "added to the log hazard of fibre customers under contract"
    case .billingNull: "share of predictions whose monthly_charges is null"
    case .newTariff: "share of customers who come to have the tariff 'Flex', over three months"
    case .unitsChanged: "factor by which overage is multiplied in what the model reads"
    case .labelFeedStops: "share of churn reports that wait until the end"
    case .labelFeedNegative: "share of churn reports that say 'stayed'"
    case .scoreRescaled: "factor by which scores are multiplied"
    case .regionGrowth: "customers won in the region 'Harbour', as a share of those there"
    case .duplicatedUpload: "share of the day's predictions that are uploaded twice"
    case .codesRenamed: "share of predictions whose contract is written in other codes"
    case .columnStuck: "share of predictions whose data_change is 1, whatever was used"
    case .logStops: "share of predictions that are not logged"
    case .labelFeedPositive: "share of customers whom each day's file reports as churned"
    case .churnRises: "factor by which everybody's hazard is multiplied"
    case .rankingFades: "share of predictions whose score is that of another customer"
    }
  }

  /// What is true of it, for whoever evaluates a monitor.
  package var truth: String {
    switch self {
    case .priceRise: "bills move, and churn with them as the model knows: drift, no decay"
    case .competitorOffer: "who leaves changes and no feature moves: decay of recall"
    case .billingNull: "a feature goes missing: fix the feed"
    case .newTariff: "a value that the model has not seen; no decay"
    case .unitsChanged: "a feature is off by a factor and scores with it: fix the feed"
    case .labelFeedStops: "churn is reported late, not rarer: no decay"
    case .labelFeedNegative: "churn reports are wrong: no decay, fix the feed"
    case .scoreRescaled: "scores keep their order and lose their meaning: recalibrate if it lasts"
    case .regionGrowth: "one region grows and its customers are new: the mix moves, no decay"
    case .duplicatedUpload: "predictions are there twice: each counts once"
    case .codesRenamed: "values that the model cannot read: fix the feed"
    case .columnStuck: "a feature says the same of everybody: fix the feed"
    case .logStops: "predictions are lost: fix the feed"
    case .labelFeedPositive: "churn reports are wrong: no decay, fix the feed"
    case .churnRises: "the order holds and the level is another: recalibrate"
    case .rankingFades: "scores say less of who leaves, and nothing else moves: decay of recall"
    }
  }
}

/// A retention campaign: whom it picks, what it costs, and what it does to whom.
package struct Campaign: Sendable, Hashable {
  package var name: String
  /// The month in which customers are assigned; the first of it.
  package var month: CivilDate
  /// The share of each tier that is held out, at random.
  package var holdOut: Double

  package init(name: String, month: CivilDate, holdOut: Double = 0.2) {
    self.name = name
    self.month = month
    self.holdOut = holdOut
  }

  /// A band of risk at the time of assignment.
  package enum Tier: UInt8, Sendable, CaseIterable {
    case low, middle, high

    /// The tier of a score.
    package init(score: Double) { self = score >= 0.15 ? .high : score >= 0.05 ? .middle : .low }

    package var name: String {
      switch self {
      case .low: "low"
      case .middle: "middle"
      case .high: "high"
      }
    }

    /// The share of the tier that the campaign picks.
    package var picked: Double { [0.2, 0.5, 1][Int(rawValue)] }

    /// What being reached adds to the log hazard for ninety days: high risk is calmed, low risk is
    /// reminded that one can leave.
    package var effect: Double { [0.45, 0, -0.5][Int(rawValue)] }
  }

  /// The share of the treated who are reached, and of those the share whose contact is logged.
  static let reached = 0.85
  static let logged = 0.9
  /// The share of the assigned who are in both arms.
  static let doubled = 0.005
  /// Months that the effect lasts.
  static let months = 3
  /// Euro for each contact, and for each offer that is taken, with the share that takes it.
  package static let contactCost = 1.5
  package static let offerCost = 20.0
  static let taken = 0.3
}
