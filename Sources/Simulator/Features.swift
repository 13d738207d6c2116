// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What a model sees of a customer: the present and the last three whole months.
package struct Features: Sendable {
  package var tenureMonths: Int
  package var contract: Int
  /// Whether the contract is written in codes that no model knows.
  package var hasOtherCodes = false
  package var internet: Int
  package var payment: Int
  package var region: Int
  package var isSenior: Bool
  package var isPaperless: Bool
  package var hasFlexTariff: Bool
  /// Euro; nil where billing did not say.
  package var monthlyCharges: Double?
  /// Mean gigabytes of a month; nil without internet.
  package var gigabytes: Double?
  /// The newest month's gigabytes to the mean of the others; nil without internet or a second
  /// month.
  package var dataChange: Double?
  package var callMinutes: Double
  package var supportContacts: Int
  package var complaints: Int
  package var latePayments: Int
  /// Euro in the newest month.
  package var overage: Double

  /// - `usage`: The last whole months, newest first; one to three.
  init(_ persona: Persona, tenure: Int, charges: Double, hasFlex: Bool, usage: [Usage]) {
    tenureMonths = tenure
    contract = persona.contract
    internet = persona.internet
    payment = persona.payment
    region = persona.region
    isSenior = persona.isSenior
    isPaperless = persona.isPaperless
    hasFlexTariff = hasFlex
    monthlyCharges = charges
    let months = Double(usage.count)
    let data = usage.compactMap(\.gigabytes)
    gigabytes = data.isEmpty ? nil : data.reduce(0, +) / Double(data.count)
    if data.count > 1 {
      dataChange = data[0] / (data.dropFirst().reduce(0, +) / Double(data.count - 1))
    }
    callMinutes = usage.reduce(0) { $0 + $1.callMinutes } / months
    supportContacts = usage.reduce(0) { $0 + $1.supportContacts }
    complaints = usage.reduce(0) { $0 + $1.complaints }
    latePayments = usage.reduce(0) { $0 + $1.latePayments }
    overage = usage.first?.overage ?? 0
  }

  /// The number of a model's inputs.
  static let inputCount = 16

  /// The model's inputs; what is missing is put in as usual.
  package var inputs: [Double] {
    let contract = hasOtherCodes ? 0 : contract
    return [
      contract == 1 ? 1 : 0, contract == 2 ? 1 : 0, internet == 1 ? 1 : 0, internet == 2 ? 1 : 0,
      payment == 1 ? 1 : 0, payment == 2 ? 1 : 0, payment == 3 ? 1 : 0,
      tenureMonths < Truth.newcomerMonths ? 1 : 0, Double(min(tenureMonths, 60)) / 12,
      Double(supportContacts), Double(complaints), Double(latePayments),
      dataChange.map { log($0) } ?? 0, ((monthlyCharges ?? 65) - 65) / 10, overage / 10,
      isSenior ? 1 : 0,
    ]
  }
}

/// The law by which customers leave.
///
/// A model may learn all of it but frailty and neighbours.
enum Truth {
  static let newcomerMonths = 6

  /// The logarithm of the share that leaves in a month, by kind alone.
  static func usualLogHazard(internet: Int, contract: Int, payment: Int) -> Double {
    log(
      OperatorFigures.contractHazards[contract] * OperatorFigures.internetFactors[internet]
        * OperatorFigures.paymentFactors[payment]
    )
  }

  /// What a usual customer's behaviour, frailty and neighbours add, taken off so that hazards are
  /// those of the figures.
  private static let usualBehaviour = 0.80

  /// The logarithm of a customer's monthly hazard.
  ///
  /// - `neighbours`: How many of some forty neighbours left in the month before.
  /// - `monthOfYear`: 0 for January.
  static func logHazard(
    _ persona: Persona,
    _ features: Features,
    neighbours: Int,
    monthOfYear: Int
  ) -> Double {
    let usual = OperatorFigures.charges[persona.internet].mean
    let behaviour =
      0.35 * Double(features.supportContacts) + 0.6 * Double(features.complaints)
      + 0.45 * Double(features.latePayments) - 1.2 * (features.dataChange.map { log($0) } ?? 0)
    return usualLogHazard(
      internet: persona.internet,
      contract: persona.contract,
      payment: persona.payment
    )
      + (features.tenureMonths < newcomerMonths ? 0.3 : 0)
      + behaviour + 0.012 * ((features.monthlyCharges ?? usual) - usual) + 0.3 * persona.frailty
      + 0.2 * Double(min(neighbours, 4)) + OperatorFigures.hazardSeason[monthOfYear]
      - usualBehaviour
  }

  /// What an offer of a competitor does to the hazard of those whom it woos.
  static func factor(_ offer: Incident?) -> Double { offer.map { exp($0.size) } ?? 1 }

  /// The same in the years before, where behaviour is not simulated: the logarithm of what the
  /// hazard is on average for such a customer.
  ///
  /// A Poisson count of mean m that adds c for each multiplies it by exp(m (exp c − 1)).
  static func logHazard(before persona: Persona, tenure: Int) -> Double {
    let usual = OperatorFigures.charges[persona.internet].mean
    let contacts = 3 * persona.supportRate
    let complaints = 3 * (0.015 + 0.1 * persona.supportRate)
    let behaviour =
      contacts * (exp(0.35) - 1) + complaints * (exp(0.6) - 1)
      + 3 * persona.lateRate * (exp(0.45) - 1) + (persona.hasInternet ? 1.44 * 0.06 / 2 : 0)
    let neighbours = usualLeavers * (exp(0.2) - 1)
    return usualLogHazard(
      internet: persona.internet,
      contract: persona.contract,
      payment: persona.payment
    )
      + (tenure < newcomerMonths ? 0.3 : 0) + behaviour + 0.012 * (persona.charge - usual)
      + 0.3 * persona.frailty + neighbours - usualBehaviour
  }

  /// Leavers among forty neighbours in a month.
  private static let usualLeavers = 1.1
}
