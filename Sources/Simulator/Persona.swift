// SPDX-License-Identifier: Apache-2.0
import Glibc
import Statistics

/// A customer: what the operator knows, and what nobody does.
struct Persona {
  let internet: Int
  let contract: Int
  let payment: Int
  let region: Int
  let isSenior: Bool
  let hasPartner: Bool
  let hasDependents: Bool
  let isPaperless: Bool
  /// Euro a month before any price rise.
  let charge: Double
  /// The logarithms of usual gigabytes and minutes.
  let dataLevel: Double
  let callLevel: Double
  /// Expected support contacts and late payments in a month.
  let supportRate: Double
  let lateRate: Double
  /// What makes this customer leave sooner or later than others who look the same; standard normal.
  let frailty: Double
  /// Decides who takes the new tariff; uniform.
  let tariffDraw: Double

  /// The persona of a key; the same key always gives the same one.
  init(key: UInt64, region: Int, _ mix: CustomerMix) {
    var random = SplitMix64(seed: key)
    self.region = region
    (internet, contract, payment) = mix.draw(random.uniform())
    isSenior = random.chance(OperatorFigures.seniorShare)
    hasPartner = random.chance(OperatorFigures.partnerShare)
    hasDependents = random.chance(OperatorFigures.dependentsShare)
    isPaperless = random.chance(OperatorFigures.paperlessShare)
    let usual = OperatorFigures.charges[internet]
    let bounds = OperatorFigures.chargeBounds[internet]
    let drawn = usual.mean + usual.deviation * random.normal()
    charge = min(max(drawn, bounds.lowerBound), bounds.upperBound)
    dataLevel = (internet == 0 ? 4.6 : 3.8) + 0.6 * random.normal()
    callLevel = 5 + 0.5 * random.normal()
    supportRate = exp(-1.8 + 0.6 * random.normal())
    lateRate = (payment < 2 ? 0.02 : 0.11) * exp(0.5 * random.normal())
    frailty = random.normal()
    tariffDraw = random.uniform()
  }

  var hasInternet: Bool { internet < 2 }
}

/// The kinds of customers whom the operator wins.
///
/// Those who leave soon must be won more often to be as many among the living as the figures say: a
/// kind's share of the won is its share of the living times its hazard.
struct CustomerMix: Sendable {
  private var kinds: [(internet: Int, contract: Int, payment: Int)] = []
  private var bounds: [Double] = []

  init() {
    var sum = 0.0
    for internet in 0..<3 {
      for contract in 0..<3 {
        for payment in 0..<4 {
          kinds.append((internet, contract, payment))
          let hazard =
            exp(Truth.usualLogHazard(internet: internet, contract: contract, payment: payment))
            + OperatorFigures.quietHazard
          // A place is taken for the time until its customer leaves, and one and a half months
          // more.
          sum +=
            OperatorFigures.internetShares[internet]
            * OperatorFigures.contractShares[internet][contract]
            * OperatorFigures.paymentShares[internet][payment] / (1 / hazard + 1.5)
          bounds.append(sum)
        }
      }
    }
    bounds = bounds.map { $0 / sum }
  }

  func draw(_ uniform: Double) -> (Int, Int, Int) {
    let index = bounds.firstIndex { uniform < $0 } ?? kinds.count - 1
    let kind = kinds[index]
    return (kind.internet, kind.contract, kind.payment)
  }
}

/// What a customer did in one month.
package struct Usage: Sendable {
  /// Nil without internet.
  package var gigabytes: Double?
  package var callMinutes: Double
  package var supportContacts: Int
  package var complaints: Int
  package var latePayments: Int
  /// Euro for use beyond the tariff.
  package var overage: Double

  /// - `key`: The customer's and the month's.
  /// - `monthOfYear`: 0 for January.
  init(_ persona: Persona, key: UInt64, monthOfYear: Int) {
    var random = SplitMix64(seed: key)
    let data = persona.dataLevel + OperatorFigures.dataSeason[monthOfYear] + 0.2 * random.normal()
    gigabytes = persona.hasInternet ? exp(data) : nil
    callMinutes = exp(
      persona.callLevel + OperatorFigures.callSeason[monthOfYear] + 0.25 * random.normal()
    )
    supportContacts = Self.poisson(persona.supportRate, &random)
    complaints = random.chance(0.015 + 0.1 * Double(min(supportContacts, 5))) ? 1 : 0
    latePayments = random.chance(min(0.6, persona.lateRate)) ? 1 : 0
    overage = random.chance(0.3) ? exp(1.2 + 0.7 * random.normal()) : 0
  }

  /// A draw from the Poisson distribution by inversion; the rate is small.
  private static func poisson(_ rate: Double, _ random: inout SplitMix64) -> Int {
    var count = 0
    var term = exp(-rate)
    var sum = term
    let drawn = random.uniform()
    while drawn > sum, count < 30 {
      count += 1
      term *= rate / Double(count)
      sum += term
    }
    return count
  }
}
