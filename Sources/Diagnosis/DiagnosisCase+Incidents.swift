// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Simulator

extension DiagnosisCase {
  /// How long a fault lasts that somebody repairs.
  private static let repaired = 21

  private static func one(
    _ kind: Incident.Kind,
    _ size: Double,
    days: Int? = repaired
  ) -> @Sendable (Int) -> [Incident] {
    { onset in
      [
        Incident(
          kind,
          from: CivilDate(dayNumber: onset),
          until: days.map { CivilDate(dayNumber: onset + $0) },
          size: size
        )
      ]
    }
  }

  private static func found(
    _ checks: [CheckName],
    of subject: String,
    _ action: Advice.Action?,
    isTotal: Bool = false
  ) -> Answer {
    Answer(names: checks.map { Advice.Cause($0, of: subject) }, action: action, isTotal: isTotal)
  }

  private static let ranking: [CheckName] = [.recallDecay, .recall, .auc, .aucPR, .precision]
  private static let level: [CheckName] = [
    .calibrationDecay, .calibrationLevel, .calibrationSlope, .prevalence, .scorePSI,
  ]

  /// All incidents at both sizes, each large one first.
  package static let incidents: [DiagnosisCase] =
    dataFaults + labelFaults + movements + decays + mixtures

  /// A fault of the data: some columns or rows are not what they were.
  private static let dataFaults: [DiagnosisCase] = [
    DiagnosisCase(
      "a column goes missing",
      size: "all rows",
      found([.missing], of: "monthly_charges", .fixData, isTotal: true),
      incidents: one(.billingNull, 1)
    ),
    DiagnosisCase(
      "a column goes missing",
      size: "20 %",
      found([.missing], of: "monthly_charges", .fixData),
      incidents: one(.billingNull, 0.2)
    ),
    DiagnosisCase(
      "a unit changes",
      size: "×100",
      found([.psi, .outOfRange], of: "overage", .fixData, isTotal: true),
      incidents: one(.unitsChanged, 100)
    ),
    DiagnosisCase(
      "a unit changes",
      size: "×10",
      found([.psi, .outOfRange], of: "overage", .fixData, isTotal: true),
      incidents: one(.unitsChanged, 10)
    ),
    DiagnosisCase(
      "codes are renamed",
      size: "all rows",
      found([.newValues, .psi], of: "contract", .fixData, isTotal: true),
      incidents: one(.codesRenamed, 1)
    ),
    DiagnosisCase(
      "codes are renamed",
      size: "30 %",
      found([.newValues, .psi], of: "contract", .fixData),
      incidents: one(.codesRenamed, 0.3)
    ),
    DiagnosisCase(
      "a column is stuck",
      size: "all rows",
      found([.psi, .stuck], of: "data_change", .fixData, isTotal: true),
      incidents: one(.columnStuck, 1)
    ),
    DiagnosisCase(
      "a column is stuck",
      size: "60 %",
      found([.psi, .stuck], of: "data_change", .fixData),
      incidents: one(.columnStuck, 0.6)
    ),
    DiagnosisCase(
      "the log stops",
      size: "a week",
      found([.volume], of: "score", .fixData, isTotal: true),
      incidents: one(.logStops, 1, days: 7)
    ),
    DiagnosisCase(
      "the log stops",
      size: "60 % for three weeks",
      found([.volume], of: "score", .fixData),
      incidents: one(.logStops, 0.6)
    ),
  ]

  /// A fault of the labels: no prediction is worse than it was.
  private static let labelFaults: [DiagnosisCase] = [
    DiagnosisCase(
      "labels stop",
      size: "all",
      found([.labelFeed], of: "outcome", .fixLabels, isTotal: true),
      incidents: one(.labelFeedStops, 1)
    ),
    DiagnosisCase(
      "labels stop",
      size: "70 %",
      found([.labelFeed], of: "outcome", .fixLabels),
      incidents: one(.labelFeedStops, 0.7)
    ),
    DiagnosisCase(
      "labels say no",
      size: "all",
      found([.labelFeed], of: "outcome", .fixLabels, isTotal: true),
      incidents: one(.labelFeedNegative, 1)
    ),
    DiagnosisCase(
      "labels say no",
      size: "70 %",
      found([.labelFeed], of: "outcome", .fixLabels),
      incidents: one(.labelFeedNegative, 0.7)
    ),
    DiagnosisCase(
      "labels say yes",
      size: "of all, one day",
      found([.labelFeed], of: "outcome", .fixLabels, isTotal: true),
      incidents: one(.labelFeedPositive, 1, days: 1)
    ),
    DiagnosisCase(
      "labels say yes",
      size: "of 2 % a day",
      found([.labelFeed], of: "outcome", .fixLabels),
      incidents: one(.labelFeedPositive, 0.02)
    ),
    DiagnosisCase(
      "a monthly file is missing",
      size: "all of it",
      found([.labelFeed], of: "outcome", .fixLabels),
      delivery: .monthly
    ) { wholeMonth(.labelFeedStops, 1, onset: $0) },
    DiagnosisCase(
      "a monthly file is missing",
      size: "70 % of it",
      found([.labelFeed], of: "outcome", .fixLabels),
      delivery: .monthly
    ) { wholeMonth(.labelFeedStops, 0.7, onset: $0) },
  ]

  /// The month of the onset.
  private static func wholeMonth(
    _ kind: Incident.Kind,
    _ size: Double,
    onset: Int
  ) -> [Incident] {
    let first = CivilDate(dayNumber: onset).firstOfMonth()
    return [Incident(kind, from: first, until: first.firstOfMonth(plus: 1), size: size)]
  }

  /// The world moves, and the model with it: nothing is to be done.
  private static let movements: [DiagnosisCase] = [
    DiagnosisCase(
      "prices rise",
      size: "by 40 %",
      found([.psi], of: "monthly_charges", nil),
      incidents: one(.priceRise, 0.4, days: nil)
    ),
    DiagnosisCase(
      "prices rise",
      size: "by 8 %",
      found([.psi], of: "monthly_charges", nil),
      incidents: one(.priceRise, 0.08, days: nil)
    ),
    DiagnosisCase(
      "a region grows",
      size: "sixfold",
      found([.psi], of: "region", nil),
      incidents: one(.regionGrowth, 5, days: nil)
    ),
    DiagnosisCase(
      "a region grows",
      size: "threefold",
      found([.psi], of: "region", nil),
      incidents: one(.regionGrowth, 2, days: nil)
    ),
    DiagnosisCase(
      "a tariff is new",
      size: "half take it",
      found([.newValues, .psi], of: "tariff", nil),
      incidents: one(.newTariff, 0.5, days: nil)
    ),
    DiagnosisCase(
      "a tariff is new",
      size: "a quarter takes it",
      found([.newValues, .psi], of: "tariff", nil),
      incidents: one(.newTariff, 0.25, days: nil)
    ),
    DiagnosisCase(
      "business grows",
      size: "by 6 % a month",
      Answer()
    ) { _ in trend(0.06) },
    DiagnosisCase(
      "business shrinks",
      size: "by 6 % a month",
      Answer()
    ) { _ in trend(-0.06) },
    DiagnosisCase(
      "churn has seasons",
      size: "±40 %",
      Answer()
    ) { _ in seasons(1.4) },
    DiagnosisCase(
      "churn has seasons",
      size: "±20 %",
      Answer()
    ) { _ in seasons(1.2) },
  ]

  /// Fewer customers in the first months, or in the last.
  private static func trend(_ growth: Double) -> [Incident] {
    (0..<months).map { month in
      var share = 1.0
      for _ in 0..<(growth > 0 ? months - 1 - month : month) { share /= 1 + abs(growth) }
      return Incident(
        .logStops,
        from: start.firstOfMonth(plus: month),
        until: start.firstOfMonth(plus: month + 1),
        size: 1 - share
      )
    }
  }

  /// Three months of more churn follow three of less, in the reference as later.
  private static func seasons(_ factor: Double) -> [Incident] {
    stride(from: 0, to: months, by: 3).map { month in
      Incident(
        .churnRises,
        from: start.firstOfMonth(plus: month),
        until: start.firstOfMonth(plus: month + 3),
        size: month % 6 == 0 ? factor : 1 / factor
      )
    }
  }

  /// The model is wrong from some day on.
  private static let decays: [DiagnosisCase] = [
    DiagnosisCase(
      "scores are rescaled",
      size: "×0.35",
      found(level + ranking, of: "score", .recalibrate, isTotal: true),
      incidents: one(.scoreRescaled, 0.35, days: nil)
    ),
    DiagnosisCase(
      "scores are rescaled",
      size: "×0.6",
      found(level + ranking, of: "score", .recalibrate),
      incidents: one(.scoreRescaled, 0.6, days: nil)
    ),
    DiagnosisCase(
      "churn rises",
      size: "×1.6",
      found(level, of: "score", .recalibrate),
      incidents: one(.churnRises, 1.6, days: nil)
    ),
    DiagnosisCase(
      "churn rises",
      size: "×1.3",
      found(level, of: "score", .recalibrate),
      incidents: one(.churnRises, 1.3, days: nil)
    ),
    DiagnosisCase(
      "a competitor woos",
      size: "log hazard +2.3",
      found(ranking, of: "score", .retrain),
      incidents: one(.competitorOffer, 2.3, days: nil)
    ),
    DiagnosisCase(
      "a competitor woos",
      size: "log hazard +1.7",
      found(ranking, of: "score", .retrain),
      incidents: one(.competitorOffer, 1.7, days: nil)
    ),
    DiagnosisCase(
      "recall falls",
      size: "by 20 points",
      found(ranking, of: "score", .retrain),
      change: .recallFalls(0.2)
    ),
    DiagnosisCase(
      "recall falls",
      size: "by 12 points",
      found(ranking, of: "score", .retrain),
      change: .recallFalls(0.12)
    ),
    DiagnosisCase(
      "a bad version takes over",
      size: "contract and payment misread",
      found(ranking + level, of: "score", .rollback),
      change: .badVersion(.contractAndPayment)
    ),
    DiagnosisCase(
      "a bad version takes over",
      size: "contract misread",
      found(ranking + level, of: "score", .rollback),
      change: .badVersion(.contract)
    ),
  ]

  /// Decay beside a fault that does not explain it.
  private static let mixtures: [DiagnosisCase] = {
    let answer = Answer(
      names: ranking.map { Advice.Cause($0, of: "score") },
      action: .retrain,
      besides: [.fixData]
    )
    @Sendable func both(_ size: Double, _ onset: Int, gap: Range<Int>?) -> [Incident] {
      let fault =
        gap.map { (onset + $0.lowerBound, CivilDate(dayNumber: onset + $0.upperBound)) }
        ?? (onset + 40, nil)
      return [
        Incident(.competitorOffer, from: CivilDate(dayNumber: onset), size: size),
        Incident(.billingNull, from: CivilDate(dayNumber: fault.0), until: fault.1),
      ]
    }
    return [
      DiagnosisCase(
        "decay outlasts a fault",
        size: "log hazard +2.3",
        answer
      ) {
        both(2.3, $0, gap: -10..<11)
      },
      DiagnosisCase(
        "decay outlasts a fault",
        size: "log hazard +1.7",
        answer
      ) {
        both(1.7, $0, gap: -10..<11)
      },
      DiagnosisCase(
        "decay before a lasting fault",
        size: "log hazard +2.3",
        answer
      ) {
        both(2.3, $0, gap: nil)
      },
      DiagnosisCase(
        "decay before a lasting fault",
        size: "log hazard +1.7",
        answer
      ) {
        both(1.7, $0, gap: nil)
      },
    ]
  }()
}
