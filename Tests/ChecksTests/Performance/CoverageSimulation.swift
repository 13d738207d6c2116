// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import Profiles
import Statistics
import Testing

/// The promised coverage of printed intervals, by seeded simulation.
@Suite struct CoverageSimulation {
  /// A score with its bins frozen from a reference, as in the monitor.
  private struct Population {
    let binning: NumericBinning

    init(_ random: inout SplitMix64) {
      var builder = NumericBinningBuilder()
      builder.requiredEdges =
        [0, 1.0.nextUp, 0.3] + (-64...64).map { 1 / (1 + exp(-Double($0) / 8)) }
      let scores = (0..<5000).map { _ in Self.score(&random) }
      binning = builder.binning(of: scores, range: 0...1)
    }

    static func score(_ random: inout SplitMix64) -> Double {
      1 / (1 + exp(1.5 - 1.2 * random.normal()))
    }

    /// Draws labelled rows of a model that is a little too sure of itself.
    func draw(_ count: Int, _ random: inout SplitMix64) -> LabelledScores {
      var profile = LabelProfile(binCount: binning.binCount)
      for _ in 0..<count {
        let score = Self.score(&random)
        let truth = 1 / (1 + exp(-0.8 * log(score / (1 - score))))
        let label = random.chance(truth)
        profile.count(
          ScoredPrediction(
            score: score,
            bin: binning.bin(of: score),
            isFlagged: score >= 0.3,
            logLoss: -log(label ? score : 1 - score)
          ),
          label: label,
          isFinal: true
        )
      }
      return LabelledScores(profile, binning: binning)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals of performance cover the truth in 93 to 97 % of windows`() throws {
    var random = SplitMix64(seed: 2_026)
    let population = Population(&random)
    let truth = population.draw(1_000_000, &random)
    let runs = 2500
    // A test statistic, and an error whose law is not known: the documentation says so.
    let metrics = PerformanceRoster.all.filter { ![.spiegelhalter, .smoothECE].contains($0.name) }
    let truths = Dictionary(
      uniqueKeysWithValues: metrics.map { ($0.name, $0.measure(truth).value) }
    )
    var covered: [CheckName: Int] = [:]
    for _ in 0..<runs {
      let sample = population.draw(1500, &random)
      for metric in metrics {
        guard case .value(_, let interval?, _, _) = metric.measure(sample),
          let value = truths[metric.name] ?? nil
        else {
          Issue.record("\(metric.name.rawValue) has no interval")
          continue
        }
        if interval.lower <= value, value <= interval.upper {
          covered[metric.name, default: 0] += 1
        }
      }
    }
    // 93 %, less three standard errors of the simulation.
    let least = 0.93 - 3 * (0.93 * 0.07 / Double(runs)).squareRoot()
    let most = 0.97 + 3 * (0.97 * 0.03 / Double(runs)).squareRoot()
    for metric in metrics {
      let share = Double(covered[metric.name] ?? 0) / Double(runs)
      #expect(share >= least, "\(metric.name.rawValue): \(share)")
      // Made wider than need be: the band of the bins' sum, and a share of churners.
      guard ![.ece, .aucPR].contains(metric.name) else { continue }
      #expect(share <= most, "\(metric.name.rawValue): \(share)")
    }
  }
}
