// SPDX-License-Identifier: Apache-2.0
private import Glibc
private import Statistics

/// A two-sided test that may be evaluated during a campaign: an interim look decides once |z|
/// reaches its boundary.
///
/// The alpha that all interim looks together may spend grows with the share of the planned
/// customers whose outcome is known (Lan, DeMets 1983), almost all of it late, as with O'Brien and
/// Fleming (1979). When and how often one looks need not be planned; only the dates must not depend
/// on what was seen.
package struct GroupSequential: Sendable {
  /// Of both sides and all interim looks.
  package let alpha: Double

  /// The highest boundary, for interim looks that have next to nothing to spend, so that figures
  /// stay finite.
  package static let limit = 37.0
  /// An interim look that adds less than this share of the plan is the interim look before, seen
  /// again.
  private static let leastStep = 1e-6

  package init(alpha: Double = 0.05) {
    precondition(alpha > 0 && alpha <= 1, "alpha lies in 0...1")
    self.alpha = alpha
  }

  /// Returns the alpha that one side has spent by a fraction of the plan: alpha / 2 at 1.
  package func spent(_ fraction: Double) -> Double {
    guard fraction > 0 else { return 0 }
    return 2 * Normal.upperTail(-Normal.quantile(alpha / 4) / min(1, fraction).squareRoot())
  }

  /// Returns the |z| that decides at each interim look.
  ///
  /// Fractions above 1 count as 1. An interim look without more customers than the one before has
  /// its boundary, since the same data cross it or do not; an interim look at yet more customers
  /// after 1 has `limit`, since all is spent.
  package func boundaries(_ fractions: [Double]) -> [Double] {
    course(fractions).boundaries
  }

  /// Returns the smallest alpha at which any interim look so far decides: a p-value that holds at
  /// all interim looks.
  ///
  /// Repeated p-values (Jennison, Turnbull 1989) of two-sided tests. A |z| of `limit` gives 2e-299.
  package static func repeatedP(_ z: [Double], fractions: [Double]) -> Double {
    precondition(z.count == fractions.count, "each interim look has a z")
    // A z that is no number decides nothing.
    let sizes = z.map { $0.isNaN ? 0 : abs($0) }
    let largest = sizes.max() ?? 0
    func alpha(_ quantile: Double) -> Double { 4 * Normal.upperTail(quantile) }
    guard largest < limit else { return alpha(limit) }
    // Boundaries are nearly straight lines in the normal quantile of alpha, which finds the root
    // soon.
    func excess(_ quantile: Double) -> Double {
      let boundaries = GroupSequential(alpha: min(1, alpha(quantile))).boundaries(fractions)
      return zip(sizes, boundaries).map { $0 - $1 }.max() ?? -1
    }
    let least = -Normal.quantile(0.25)
    guard excess(least) > 0 else { return 1 }
    return min(1, alpha(Root.find(least, min(limit, largest + 2), of: excess)))
  }

  /// Returns the chance to cross the boundary on the side of the effect at some interim look.
  ///
  /// - `drift`: The expected z of all planned customers; its sign does not matter.
  package func power(drift: Double, fractions: [Double]) -> Double {
    Self.power(course(fractions).looks, drift: abs(drift))
  }

  /// Returns how many times the customers of a test without interim looks are planned for the same
  /// power.
  package func inflation(power: Double, fractions: [Double]) -> Double {
    precondition(power > alpha / 2 && power < 1, "a power lies between alpha and 1")
    let looks = course(fractions).looks
    precondition(!looks.isEmpty, "a plan has interim looks")
    let fixed = Normal.quantile(power) - Normal.quantile(alpha / 2)
    var upper = fixed
    while Self.power(looks, drift: upper) < power, upper < 1e9 { upper *= 1.5 }
    let drift = Root.find(0, upper) { Self.power(looks, drift: $0) - power }
    return drift * drift / (fixed * fixed)
  }

  /// Goes through the interim looks: each spends what the spending function allows by then.
  private func course(_ fractions: [Double]) -> (boundaries: [Double], looks: [InterimLook]) {
    var boundaries: [Double] = []
    var looks: [InterimLook] = []
    var latest = 0.0
    for fraction in fractions {
      guard fraction > latest + Self.leastStep else {
        boundaries.append(boundaries.last ?? Self.limit)
        continue
      }
      latest = fraction
      let time = min(1, fraction)
      guard time > looks.last?.time ?? 0 else {
        boundaries.append(Self.limit)
        continue
      }
      let spending = spent(time) - spent(looks.last?.time ?? 0)
      let look = InterimLook(after: looks.last, time: time, spending: spending, limit: Self.limit)
      looks.append(look)
      boundaries.append(min(Self.limit, look.edge / time.squareRoot()))
    }
    return (boundaries, looks)
  }

  private static func power(_ looks: [InterimLook], drift: Double) -> Double {
    min(1, looks.reduce(0) { $0 + $1.crossing($1.edge, drift: drift) })
  }
}

/// An interim look on the scale of the score z·√t, whose increments from one to the next are
/// independent.
///
/// The density of the score among campaigns not yet stopped follows from that of the interim look
/// before by one numerical integration (Armitage, McPherson, Rowe 1969).
private struct InterimLook {
  let time: Double
  /// The score that decides, on either side.
  private(set) var edge = 0.0
  /// The fraction since the interim look before and its root: variance and deviation of the
  /// increment.
  private let span: Double
  private let deviation: Double
  /// Scores of the interim look before at which campaigns went on, with their probabilities.
  private var scores = [0.0]
  private var masses = [1.0]

  /// The interim look whose upper edge is crossed, and none before, with the probability
  /// `spending`.
  init(after previous: InterimLook?, time: Double, spending: Double, limit: Double) {
    self.time = time
    span = time - (previous?.time ?? 0)
    deviation = span.squareRoot()
    if let previous { (scores, masses) = previous.survivors(before: deviation) }
    let highest = limit * time.squareRoot()
    edge =
      spending > Normal.upperTail(limit)
      ? min(highest, findEdge(spending, beyond: previous?.edge ?? 0)) : highest
  }

  /// The probability to be above a score now and to have crossed no edge before.
  ///
  /// With a drift each path is as much more likely as the likelihood ratio at its score says.
  func crossing(_ score: Double, drift: Double = 0) -> Double {
    var sum = 0.0
    for (start, mass) in zip(scores, masses) {
      let tail = Normal.upperTail((score - start - drift * span) / deviation)
      sum += mass * exp(drift * (start - drift * (time - span) / 2)) * tail
    }
    return sum
  }

  /// The density of the score now among campaigns that have crossed no edge before.
  ///
  /// - `first`: The first start that is near enough to matter; moved on for scores that rise from
  ///   call to call.
  private func density(_ score: Double, reach: Double, first: inout Int) -> Double {
    while first < scores.count - 1, scores[first] < score - reach { first += 1 }
    var sum = 0.0
    var index = first
    while index < scores.count, scores[index] <= score + reach {
      let step = (score - scores[index]) / deviation
      sum += masses[index] * exp(-step * step / 2)
      index += 1
    }
    return sum / (deviation * (2 * Double.pi).squareRoot())
  }

  /// The score above which `spending` lies: Newton's method on the logarithm, which is concave, in
  /// a bracket.
  private func findEdge(_ spending: Double, beyond previous: Double) -> Double {
    // As if there had been no interim look before, or all had been at its edge: neither leaves less
    // above it.
    let quantile = max(0, -Normal.quantile(spending))
    var upper = min(quantile * time.squareRoot(), previous + quantile * deviation)
    if scores.count == 1 { return quantile * deviation }
    var (lower, score) = (0.0, upper)
    for _ in 0..<200 {
      let tail = crossing(score)
      if tail > spending { lower = score } else { upper = score }
      var first = 0
      let slope = density(score, reach: .infinity, first: &first)
      var next = score + log(tail / spending) * tail / slope
      if !(next >= lower && next <= upper) { next = (lower + upper) / 2 }
      let change = abs(next - score)
      score = next
      if change <= 1e-12 * time.squareRoot() { break }
    }
    return score
  }

  /// The scores between the edges with their probabilities, by Gauss and Legendre in panels no
  /// wider than two deviations of the increments to this interim look and to the next.
  private func survivors(before next: Double) -> (scores: [Double], masses: [Double]) {
    let panels = max(1, (edge / min(deviation, next)).rounded(.up))
    let half = edge / panels
    // Beyond it an increment is rarer than 1e-32 among those that lead to a score between the
    // edges.
    let reach = 12 * deviation + edge * span / time
    var (places, masses): ([Double], [Double]) = ([], [])
    var first = 0
    for panel in 0..<Int(panels) {
      let centre = -edge + half * Double(2 * panel + 1)
      for (node, weight) in Self.rule {
        let score = centre + half * node
        places.append(score)
        masses.append(half * weight * density(score, reach: reach, first: &first))
      }
    }
    return (places, masses)
  }

  /// The nodes and weights of Gauss and Legendre's rule of eight points on -1...1.
  private static let rule: [(node: Double, weight: Double)] = {
    let positive = [
      (0.183_434_642_495_649_8, 0.362_683_783_378_362_0),
      (0.525_532_409_916_329_0, 0.313_706_645_877_887_3),
      (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
      (0.960_289_856_497_536_2, 0.101_228_536_290_376_3),
    ]
    return positive.reversed().map { (-$0.0, $0.1) } + positive
  }()
}

/// Where a continuous function changes its sign.
enum Root {
  /// Returns a root between two points of different sign; without such, the end with the smaller
  /// value.
  ///
  /// False position with the Illinois weights (Dowell, Jarratt 1971).
  static func find(_ lower: Double, _ upper: Double, of function: (Double) -> Double) -> Double {
    var (a, b) = (lower, upper)
    var (atA, atB) = (function(a), function(b))
    guard (atA < 0) != (atB < 0) else { return abs(atA) < abs(atB) ? a : b }
    for _ in 0..<200 where atB != 0 {
      let middle = b - atB * (b - a) / (atB - atA)
      let value = function(middle)
      let change = abs(middle - b)
      if (value < 0) != (atB < 0) { (a, atA) = (b, atB) } else { atA /= 2 }
      (b, atB) = (middle, value)
      if change <= 1e-12 * max(1, abs(b)) { break }
    }
    return b
  }
}
