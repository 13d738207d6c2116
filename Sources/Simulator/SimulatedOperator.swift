// SPDX-License-Identifier: Apache-2.0
import Glibc
package import Profiles
import Statistics

/// A telecom operator whose truth is known: customers, a churn model, and incidents with a date.
///
/// Each month the model scores a fresh sample of the operator's customers. The truth is a logistic
/// law of what the model sees and of one thing that it does not; at the start the model knows the
/// law, so its scores are calibrated. Same seed, same rows.
package struct SimulatedOperator: Sendable {
  package let seed: UInt64
  /// Customers scored in a month.
  package let customersPerMonth: Int
  package let firstMonth: CivilDate
  package let months: Int

  package init(
    seed: UInt64 = 20_250_101,
    customersPerMonth: Int = 9000,
    firstMonth: CivilDate,
    months: Int = 15
  ) {
    self.seed = seed
    self.customersPerMonth = customersPerMonth
    self.firstMonth = firstMonth
    self.months = months
  }

  /// Days after a prediction in which a customer counts as a churner.
  package static let horizonDays = 30
  /// The score from which on a customer is flagged.
  package static let threshold = 0.2

  /// Something that happens to the operator.
  package struct Incident: Sendable, Hashable {
    package let name: String
    package let start: CivilDate
    /// What is true, for the table at the end.
    package let truth: String
  }

  /// All customers pay more from the start of the ninth month on; who leaves depends on the bill as
  /// it always has.
  package var priceRise: Incident {
    Incident(
      name: "price rise",
      start: firstMonth.firstOfMonth(plus: 8),
      truth: "bills +15 %; the model still ranks as well"
    )
  }

  /// From the thirteenth month on a competitor wins customers whom the model takes for safe.
  package var competitorOffer: Incident {
    Incident(
      name: "competitor's offer",
      start: firstMonth.firstOfMonth(plus: 12),
      truth: "fibre customers under contract leave too; the data do not move"
    )
  }

  package var incidents: [Incident] { [priceRise, competitorOffer] }

  /// One prediction with what became of the customer.
  package struct Prediction: Sendable {
    package var identifier: String
    package var customer: String
    package var time: Instant
    package var score: Double
    package var tenureMonths: Int
    package var monthlyCharges: Double
    package var dataGigabytes: Double?
    package var supportCalls: Int
    package var contract: String
    package var internet: String
    package var payment: String
    package var region: String
    package var hasAutopay: Bool
    /// When the customer left, if within the horizon.
    package var churn: Instant?
  }

  package static let contracts = ["Month-to-month", "One year", "Two year"]
  package static let internetKinds = ["Fibre", "DSL", "None"]
  package static let payments = [
    "Bank transfer", "Credit card", "Electronic check", "Mailed check",
  ]
  package static let regions = ["North", "South", "East", "West"]

  /// Returns the predictions of one month, counted from 0, in order of time.
  package func predictions(month: Int) -> [Prediction] {
    var random = SplitMix64(seed: SplitMix64.mixed(seed &+ UInt64(month)))
    let first = firstMonth.firstOfMonth(plus: month)
    let days = firstMonth.firstOfMonth(plus: month + 1).dayNumber - first.dayNumber
    return (0..<customersPerMonth).map { index in
      let day = first.dayNumber + Int(random.uniform() * Double(days))
      let second = Int64(random.uniform() * 86_400)
      let time = Instant(
        microseconds: (Int64(day) * 86_400 + second) * 1_000_000
      )
      return prediction("p-\(month)-\(index)", at: time, first: first, &random)
    }
    .sorted { ($0.time, $0.identifier) < ($1.time, $1.identifier) }
  }

  private func prediction(
    _ identifier: String,
    at time: Instant,
    first: CivilDate,
    _ random: inout SplitMix64
  ) -> Prediction {
    let contract = Self.pick([0.5, 0.28, 0.22], &random)
    let internet = Self.pick([0.45, 0.35, 0.2], &random)
    let tenure = min(72, Int(-log(1 - random.uniform()) * 26))
    let list = [78.0, 52, 22][internet] + 9 * random.normal()
    let hasRisen = first.dayNumber >= priceRise.start.dayNumber
    let charges = max(15, list) * (hasRisen ? 1.15 : 1)
    let calls = Int(-log(1 - random.uniform()) * 0.9)
    let gigabytes = internet == 2 ? nil : exp(2.6 + 0.7 * random.normal())
    let payment = Self.pick([0.25, 0.25, 0.3, 0.2], &random)
    let seen =
      -2.9 + [1.5, 0, -1.1][contract] + [0.45, 0, -0.5][internet] - 0.025 * Double(tenure)
      + 0.006 * (charges - 55) + 0.35 * Double(calls) + (payment == 2 ? 0.35 : 0)
    let isPoached =
      first.dayNumber >= competitorOffer.start.dayNumber && internet == 0 && contract > 0
    let truth = seen + 0.3 * random.normal() + (isPoached ? 2.2 : 0)
    // The mean of the logistic over the unseen part is flatter than the logistic of the mean.
    let score = Self.logistic(seen * 0.985)
    let leaves = random.chance(Self.logistic(truth))
    let delay = Int64((1 + random.uniform() * Double(Self.horizonDays - 1)) * 86_400) * 1_000_000
    return Prediction(
      identifier: identifier,
      customer: "c-\(random.next() % 400_000)",
      time: time,
      score: score,
      tenureMonths: tenure,
      monthlyCharges: (charges * 100).rounded() / 100,
      dataGigabytes: gigabytes.map { ($0 * 10).rounded() / 10 },
      supportCalls: calls,
      contract: Self.contracts[contract],
      internet: Self.internetKinds[internet],
      payment: Self.payments[payment],
      region: Self.regions[Int(random.uniform() * 4)],
      hasAutopay: payment < 2 && random.chance(0.7),
      churn: leaves ? Instant(microseconds: time.microseconds + delay) : nil
    )
  }

  private static func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

  private static func pick(_ shares: [Double], _ random: inout SplitMix64) -> Int {
    var rest = random.uniform()
    for (index, share) in shares.enumerated() {
      if rest < share { return index }
      rest -= share
    }
    return shares.count - 1
  }
}
