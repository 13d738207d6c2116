// SPDX-License-Identifier: Apache-2.0

/// The shares and means that the simulated operator is anchored to.
///
/// They are those of a public table of 7,043 customers of a fictional operator (IBM, 2018); only
/// these figures are taken from it. Kinds are indices: internet 0 fibre, 1 DSL, 2 none; contract 0
/// month to month, 1 one year, 2 two years; payment 0 bank transfer, 1 credit card, 2 electronic
/// check, 3 mailed check.
enum OperatorFigures {
  static let internets = ["Fibre optic", "DSL", "None"]
  static let contracts = ["Month-to-month", "One year", "Two year"]
  /// Codes in which the contract is written after a change of system.
  static let otherCodes = ["MTM", "1Y", "2Y"]
  static let payments = ["Bank transfer", "Credit card", "Electronic check", "Mailed check"]
  static let regions = ["North", "South", "Hills", "Valley", "Harbour"]
  static let regionShares = [0.3, 0.25, 0.2, 0.15, 0.1]
  /// The region that may grow.
  static let harbour = 4

  /// Shares among living customers.
  static let internetShares = [0.440, 0.344, 0.216]
  /// Shares of contracts for each kind of internet.
  static let contractShares = [
    [0.687, 0.174, 0.139], [0.505, 0.235, 0.260], [0.343, 0.239, 0.418],
  ]
  /// Shares of ways to pay for each kind of internet.
  static let paymentShares = [
    [0.209, 0.193, 0.515, 0.083], [0.234, 0.245, 0.268, 0.253], [0.218, 0.217, 0.080, 0.485],
  ]
  /// Mean and standard deviation of the monthly bill in euro, with its bounds.
  static let charges: [(mean: Double, deviation: Double)] = [
    (91.5, 12.7), (58.1, 16.3), (21.1, 2.2),
  ]
  static let chargeBounds = [67.75...118.75, 23.45...94.8, 18.25...26.9]
  static let seniorShare = 0.162
  static let partnerShare = 0.483
  static let dependentsShare = 0.3
  static let paperlessShare = 0.592

  /// Shares that leave for another operator in a month, by contract.
  static let contractHazards = [0.042, 0.014, 0.006]
  /// The share that goes for other reasons, abroad or with a company's contract.
  ///
  /// It is no churn and never reported. With it mean tenure is 40 months; in the table, which ends
  /// at 72 months, it is 32.
  static let quietHazard = 0.010
  /// Who leaves more often than others with the same contract, as factors.
  static let internetFactors = [1.35, 0.9, 0.55]
  static let paymentFactors = [0.8, 0.8, 1.35, 0.95]

  /// Logarithms of gigabytes by month of the year: little in summer, much at its end.
  static let dataSeason = [
    0.06, 0.02, 0.0, -0.02, -0.04, -0.06, -0.10, -0.08, 0.0, 0.04, 0.08, 0.10,
  ]
  static let callSeason = [0.02, 0.0, 0.0, 0.0, 0.0, -0.02, -0.06, -0.04, 0.0, 0.02, 0.02, 0.10]
  /// Logarithms of the hazard by month of the year.
  static let hazardSeason = [
    0.10, 0.06, 0.02, 0.0, -0.02, -0.05, -0.08, -0.05, 0.0, 0.02, 0.0, 0.0,
  ]
  /// How much of a day's share of a week's leavers falls on it, Monday first; they add up to seven.
  static let weekdays = [1.25, 1.15, 1.1, 1.1, 1.0, 0.85, 0.55]
}
