// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Statistics

/// What a campaign is worth and what it costs, in one currency.
package struct Prices: Sendable, Codable {
  package var currency: String
  /// The worth of one success of the primary metric: of a saved customer, or of one unit of an
  /// amount.
  package var value: Double
  /// The cost for each assigned customer.
  package var contact: Double

  package init(currency: String, value: Double, contact: Double) {
    self.currency = currency
    self.value = value
    self.contact = contact
  }
}

/// What treating the customers of an arm brought, intent to treat: those who were not reached count
/// too.
package struct NetBenefit: Sendable {
  package let currency: String
  /// Customers treated.
  package let customers: Int
  /// Successes gained: customers saved.
  package let gained: Double
  package let cost: Double
  package let net: Double
  package let standardError: Double
  package let interval: Interval
  /// The chance that it pays: that the net benefit is positive, by a flat prior.
  package let chanceToPay: Double
  /// The improvement of the metric at which it pays for itself.
  package let breakEven: Double
  /// What a success is worth, on average.
  package let value: Double
  /// Of the cost the part that went to customers who would have stayed anyway; nil where the metric
  /// is no event.
  package let givenAway: Double?
  /// Treated customers who would have left without it; nil where the metric is no event.
  package let atRisk: Double?
  /// Cost for each success gained; nil where none was.
  package let costPerGain: Double?
  /// Net benefit over cost; nil without cost.
  package let returnOnInvestment: Double?
  /// What is lost on average by going on though it does not pay, and by stopping though it does.
  package let lossIfContinued: Double
  package let lossIfStopped: Double

  /// The chance to pay for people, in per cent; never certainty.
  package var chanceText: String {
    chanceToPay > 0.995
      ? ">99 %" : chanceToPay < 0.005 ? "<1 %" : "\(Int((100 * chanceToPay).rounded())) %"
  }

  /// Net benefit of an improvement.
  ///
  /// - `improvement`: Per customer, positive for better; with its standard error.
  /// - `worth`: The improvement in money, where customers are worth different amounts; with its
  ///   standard error and what they are worth on average.
  /// - `wouldStay`: The share that would have been a success without it; nil where the metric is no
  ///   event.
  /// - `measuredCost`: What was spent on the arm beyond contacts.
  package init(
    improvement: (value: Double, standardError: Double),
    worth: (improvement: Double, standardError: Double, mean: Double)? = nil,
    wouldStay: Double? = nil,
    customers: Int,
    prices: Prices,
    measuredCost: Double
  ) {
    let count = Double(customers)
    self.customers = customers
    currency = prices.currency
    gained = count * improvement.value
    let spent = count * prices.contact + measuredCost
    cost = spent
    let value = worth?.mean ?? prices.value
    self.value = value
    net = count * (worth?.improvement ?? improvement.value * value) - spent
    self.standardError = count * (worth?.standardError ?? value * improvement.standardError)
    interval = Interval(estimate: net, standardError: self.standardError)
    breakEven = value > 0 && count > 0 ? spent / count / value : 0
    givenAway = wouldStay.map { spent * $0 }
    atRisk = wouldStay.map { count * (1 - $0) }
    costPerGain = gained > 0 ? cost / gained : nil
    returnOnInvestment = cost > 0 ? net / cost : nil
    guard self.standardError > 0 else {
      chanceToPay = net > 0 ? 1 : 0
      (lossIfContinued, lossIfStopped) = (max(0, -net), max(0, net))
      return
    }
    let z = net / self.standardError
    let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    chanceToPay = Normal.upperTail(-z)
    lossIfContinued = self.standardError * density - net * Normal.upperTail(z)
    lossIfStopped = self.standardError * density + net * Normal.upperTail(-z)
  }
}
