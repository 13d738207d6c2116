// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import TestKit
import Testing

/// Log-likelihood ratios that can be computed by hand.
@Suite struct HypothesesTests {
  /// Four in five succeeded; three in four is tolerated; one in two is decay.
  static func hypotheses(dispersion: Double = 1) -> Hypotheses {
    Hypotheses(
      reference: [0.8],
      alternatives: [Hypotheses.Alternative(prior: 1, boundary: [0.75], rate: [0.5])],
      dispersion: dispersion
    )
  }

  private static let outcome = Hypotheses.Outcome(kind: 0, trials: 4, successes: 1)

  @Test func `gains compare an alternative with its boundary`() throws {
    // (0.5 / 0.75) · (0.5 / 0.25)³ = 16 / 3.
    let gain = try #require(Self.hypotheses().gains([Self.outcome]).first)
    #expect(agree(gain, log(16.0 / 3), 1e-12))
    #expect(Self.hypotheses().gains([]) == [0])
  }

  @Test func `over-dispersion divides the evidence, not the search for the change`() throws {
    let hypotheses = Self.hypotheses(dispersion: 2)
    #expect(agree(try #require(hypotheses.gains([Self.outcome]).first), log(16.0 / 3) / 2, 1e-12))
    // (0.5 / 0.8) · (0.5 / 0.2)³.
    #expect(agree(hypotheses.departure([Self.outcome], 0), log(0.625 * 15.625), 1e-12))
  }

  @Test func `kinds add up, each by its own rates`() throws {
    let hypotheses = Hypotheses(
      reference: [0.8, 0.5],
      alternatives: [Hypotheses.Alternative(prior: 1, boundary: [0.75, 0.4], rate: [0.5, 0.2])],
      dispersion: 1
    )
    let other = Hypotheses.Outcome(kind: 1, trials: 1, successes: 1)
    let gain = try #require(hypotheses.gains([Self.outcome, other]).first)
    #expect(agree(gain, log(16.0 / 3) + log(0.5), 1e-12))
  }

  @Test func `a return is to the reference or 0.4 in log odds beyond it`() throws {
    let returns = Self.hypotheses().returns([Self.outcome], from: 0)
    try #require(returns.count == 2)
    // (0.8 / 0.75) · (0.2 / 0.25)³.
    #expect(agree(returns[0], log(0.8 / 0.75) + 3 * log(0.8), 1e-12))
    let odds = 4 * exp(0.4)
    let beyond = log(odds / (1 + odds) / 0.75) + 3 * log(1 / (1 + odds) / 0.25)
    #expect(agree(returns[1], beyond, 1e-12))
  }

  @Test func `where the boundary is the reference a return says nothing`() {
    let hypotheses = Hypotheses(
      reference: [0.8],
      alternatives: [Hypotheses.Alternative(prior: 1, boundary: [0.8], rate: [0.5])],
      dispersion: 1
    )
    #expect(hypotheses.returns([Self.outcome], from: 0) == [0, 0])
  }

  @Test func `hypotheses are blind only where every alternative is its boundary`() {
    let same = Hypotheses.Alternative(prior: 0.5, boundary: [0.75], rate: [0.75])
    let other = Hypotheses.Alternative(prior: 0.5, boundary: [0.75], rate: [0.5])
    #expect(Hypotheses(reference: [0.8], alternatives: [same], dispersion: 1).hasNoPower)
    #expect(!Hypotheses(reference: [0.8], alternatives: [same, other], dispersion: 1).hasNoPower)
  }
}
