// SPDX-License-Identifier: Apache-2.0
package import Statistics

/// Whether a campaign works differently in different tiers, and how well in each.
///
/// Tiers without a finite effect and a positive error, as where nobody has the event, say nothing
/// that could be weighed and are left out.
package struct Heterogeneity: Sendable {
  /// An effect drawn towards the mean of all tiers.
  package struct Effect: Sendable {
    package let estimate: Double
    package let standardError: Double
    package let interval: Interval
  }

  /// How the effect changes from one tier to the next.
  package struct Trend: Sendable {
    package let slope: Double
    package let standardError: Double
    package let interval: Interval
    /// Two-sided, of no slope.
    package let p: Double
  }

  /// Σ (d − d̄)² ∕ V around the mean weighted by precision (Cochran 1954).
  package let q: Double
  package let degreesOfFreedom: Int
  /// Of the same effect in all tiers: by χ²; 1 where a single tier can be tested.
  package let p: Double
  /// The variance τ² of true effects between tiers.
  package let betweenVariance: Double
  /// The mean effect of tiers, weighted by 1 ∕ (V + τ²).
  package let mean: Effect
  /// By tier, as they were given; nil where one cannot be tested.
  package let shrunken: [Effect?]
  /// Over the order in which tiers were given; nil where fewer than two can be tested.
  package let trend: Trend?

  /// Effects of tiers in the order of their risk; nil where none can be tested.
  package init?(_ tiers: [(effect: Double, standardError: Double)]) {
    let tested = tiers.indices.filter { place in
      let tier = tiers[place]
      let weight = 1 / (tier.standardError * tier.standardError)
      return tier.effect.isFinite && tier.standardError > 0 && weight > 0 && weight.isFinite
    }
    guard !tested.isEmpty else { return nil }
    let effects = tested.map { tiers[$0].effect }
    let variances = tested.map { tiers[$0].standardError * tiers[$0].standardError }
    let fixed = Pool(effects, variances, between: 0)
    q = fixed.q
    degreesOfFreedom = tested.count - 1
    p = tested.count > 1 ? ChiSquared(degreesOfFreedom: Double(tested.count - 1)).upperTail(q) : 1
    betweenVariance = Self.betweenVariance(effects, variances)
    let pool = Pool(effects, variances, between: betweenVariance)
    mean = Self.effect(pool.mean, variance: 1 / pool.weight)
    var shrunken = [Effect?](repeating: nil, count: tiers.count)
    for (place, effect) in zip(tested, Self.shrunken(effects, variances: variances, pool: pool)) {
      shrunken[place] = effect
    }
    self.shrunken = shrunken
    trend = Self.trend(places: tested.map(Double.init), effects: effects, variances: variances)
  }

  /// A mean of effects weighted by 1 ∕ (V + τ²).
  private struct Pool {
    let between: Double
    let weights: [Double]
    let weight: Double
    let mean: Double
    /// Σ w (d − d̄)².
    let q: Double

    init(_ effects: [Double], _ variances: [Double], between: Double) {
      self.between = between
      weights = variances.map { 1 / ($0 + between) }
      weight = weights.reduce(0, +)
      let mean = zip(weights, effects).reduce(0.0) { $0 + $1.0 * $1.1 } / weight
      self.mean = mean
      q = zip(weights, effects).reduce(0.0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
    }
  }

  /// τ² at which the weighted squares are as large as chance makes them, K − 1; 0 where they are
  /// smaller without it (Paule, Mandel 1982).
  ///
  /// Not the one step of DerSimonian and Laird (1986), which is too small where tiers differ much
  /// (Veroniki and others 2016); and the shrinkage of Morris rests on this very equation.
  /// The squares fall convexly with τ², so Newton's steps from 0 never pass the root.
  private static func betweenVariance(_ effects: [Double], _ variances: [Double]) -> Double {
    var between = 0.0
    for _ in 0..<100 {
      let pool = Pool(effects, variances, between: between)
      let excess = pool.q - Double(effects.count - 1)
      let slope = zip(pool.weights, effects).reduce(0.0) {
        let off = $1.0 * ($1.1 - pool.mean)
        return $0 + off * off
      }
      guard excess > 0, slope > 0 else { break }
      let step = excess / slope
      between += step
      if step <= 1e-14 * between { break }
    }
    return between
  }

  /// Effects drawn towards their mean by the share of their variance that is chance, with an error
  /// that knows of the estimated mean and τ² (Morris 1983).
  ///
  /// The factor (K − 3) ∕ (K − 1) makes up for τ² being estimated. With fewer than four tiers
  /// nothing is drawn: so few cannot show by how much.
  private static func shrunken(_ effects: [Double], variances: [Double], pool: Pool) -> [Effect] {
    let freedom = Double(effects.count - 3)
    guard freedom > 0 else {
      return zip(effects, variances).map { effect($0, variance: $1) }
    }
    let typical = zip(pool.weights, variances).reduce(0.0) { $0 + $1.0 * $1.1 } / pool.weight
    return effects.indices.map { place in
      let (variance, weight) = (variances[place], pool.weights[place])
      let drawn = freedom / (freedom + 2) * variance * weight
      let off = effects[place] - pool.mean
      let known = variance * (1 - (1 - weight / pool.weight) * drawn)
      let unsure = 2 / freedom * drawn * drawn * (typical + pool.between) * weight * off * off
      return effect(effects[place] - drawn * off, variance: known + unsure)
    }
  }

  /// The slope of effects weighted by precision.
  ///
  /// Tiers are these and no sample of others, so the errors of their effects are all that is
  /// unsure.
  private static func trend(places: [Double], effects: [Double], variances: [Double])
    -> Trend?
  {
    let weights = variances.map { 1 / $0 }
    let weight = weights.reduce(0, +)
    let centre = zip(weights, places).reduce(0.0) { $0 + $1.0 * $1.1 } / weight
    let squares = zip(weights, places).reduce(0.0) {
      $0 + $1.0 * ($1.1 - centre) * ($1.1 - centre)
    }
    guard places.count > 1, squares > 0 else { return nil }
    let products = places.indices.reduce(0.0) {
      $0 + weights[$1] * (places[$1] - centre) * effects[$1]
    }
    let fitted = effect(products / squares, variance: 1 / squares)
    return Trend(
      slope: fitted.estimate,
      standardError: fitted.standardError,
      interval: fitted.interval,
      p: min(1, 2 * Normal.upperTail(abs(fitted.estimate) / fitted.standardError))
    )
  }

  private static func effect(_ estimate: Double, variance: Double) -> Effect {
    let error = variance.squareRoot()
    return Effect(
      estimate: estimate,
      standardError: error,
      interval: Interval(estimate: estimate, standardError: error)
    )
  }
}
