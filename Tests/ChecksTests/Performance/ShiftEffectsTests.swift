// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics
import TestKit
import Testing

/// What a shift does to recall and to wrong decisions.
@Suite struct ShiftEffectsTests {
  /// `Golden/shift_effects.py` made these: the definitions, and the delta method by differences.
  struct Case: Decodable {
    let reference: [[Int]]
    let window: [[Int]]
    let values: [Double]
    let errors: [Double]
  }

  private func confusionCounts(_ counts: [[Int]]) -> GroupConfusionCounts {
    GroupConfusionCounts(
      rows: counts.map { $0.reduce(0, +) },
      truePositives: counts.map { $0[0] },
      falseNegatives: counts.map { $0[1] },
      falsePositives: counts.map { $0[2] }
    )
  }

  @Test func `values and errors are those of their definitions`() throws {
    let cases = try Golden.cases("shift_effects.json", of: Case.self)
    #expect(cases.count == 6)
    for item in cases {
      let window = confusionCounts(item.window)
      let effects = try #require(
        ShiftEffects(
          reference: confusionCounts(item.reference),
          window: window.rows,
          outcomes: window
        )
      )
      let recallBehaviour = try #require(effects.recall.behaviour)
      let lossBehaviour = try #require(effects.loss.behaviour)
      let found = [
        effects.recall.distribution, recallBehaviour, effects.loss.distribution, lossBehaviour,
      ]
      for (index, effect) in found.enumerated() {
        #expect(abs(effect.value - item.values[index]) < 1e-9)
        let error =
          (effect.interval.upper - effect.value) / Normal.halfWidth(confidence: 0.95)
        // The drawing of rates towards the mean is taken as fixed.
        #expect(abs(error / item.errors[index] - 1) < 0.02, "\(index): \(error)")
      }
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals of effects cover in at least 93 % of windows`() throws {
    var random = SplitMix64(seed: 77)
    // Six groups; the window's mix and churn are others than the reference's.
    let mix = [[0.3, 0.25, 0.2, 0.12, 0.08, 0.05], [0.22, 0.22, 0.22, 0.14, 0.12, 0.08]]
    let churn = [[0.04, 0.06, 0.1, 0.15, 0.2, 0.35], [0.05, 0.06, 0.13, 0.15, 0.16, 0.35]]
    let hit = [0.2, 0.3, 0.45, 0.6, 0.75, 0.9]
    let alarm = [0.02, 0.03, 0.05, 0.1, 0.2, 0.3]
    func masses(_ side: Int) -> [Double] {
      mix[side].indices.flatMap { group -> [Double] in
        let (share, churn) = (mix[side][group], churn[side][group])
        return [
          share * churn * hit[group], share * churn * (1 - hit[group]),
          share * (1 - churn) * alarm[group], share * (1 - churn) * (1 - alarm[group]),
        ]
      }
    }
    let law = [Shares(masses(0)), Shares(masses(1))]
    func draw(_ side: Int, _ count: Int, _ random: inout SplitMix64) -> GroupConfusionCounts {
      let counts = law[side].draw(count, &random)
      return confusionCounts((0..<6).map { Array(counts[(4 * $0)..<(4 * $0 + 4)]) })
    }
    func effects(_ first: GroupConfusionCounts, _ second: GroupConfusionCounts) throws -> [Effect] {
      let found = try #require(
        ShiftEffects(reference: first, window: second.rows, outcomes: second)
      )
      return [found.recall.distribution, found.loss.distribution]
        + [found.recall.behaviour, found.loss.behaviour].compactMap(\.self)
    }
    let truth = try effects(draw(0, 40_000_000, &random), draw(1, 40_000_000, &random))
    let runs = 2000
    var covered = Array(repeating: 0, count: 4)
    for _ in 0..<runs {
      let found = try effects(draw(0, 6_000, &random), draw(1, 2_500, &random))
      for (index, effect) in found.enumerated()
      where effect.interval.lower <= truth[index].value
        && truth[index].value <= effect.interval.upper
      {
        covered[index] += 1
      }
    }
    let slack = 3 * (0.95 * 0.05 / Double(runs)).squareRoot()
    for (index, count) in covered.enumerated() {
      let share = Double(count) / Double(runs)
      #expect(share > 0.93 - slack / 2 && share < 0.97 + slack / 2, "\(index): \(share)")
    }
  }

  @Test func `nothing moves where nothing moved, and odd groups do no harm`() throws {
    let same = confusionCounts([[50, 40, 80, 800], [30, 10, 20, 200], [0, 0, 0, 0]])
    let quiet = try #require(ShiftEffects(reference: same, window: same.rows, outcomes: same))
    #expect(abs(quiet.recall.total) < 1e-3 && abs(quiet.loss.total) < 1e-3)
    #expect(!quiet.recall.isClear)
    // A group that the reference hardly had is taken for an ordinary one.
    let new = try #require(
      ShiftEffects(reference: same, window: [970, 260, 5000], outcomes: nil)
    )
    #expect(abs(new.recall.distribution.value) < 0.03)
    #expect(new.recall.behaviour == nil)
    #expect(ShiftEffects(reference: same, window: [0, 0, 0], outcomes: nil) == nil)
    let nobody = confusionCounts([[0, 0, 5, 800], [0, 0, 2, 200]])
    #expect(ShiftEffects(reference: nobody, window: [10, 10], outcomes: nil) == nil)
    // Order of rows and of groups changes nothing.
    let turned = confusionCounts([[30, 10, 20, 200], [50, 40, 80, 800], [0, 0, 0, 0]])
    let other = try #require(
      ShiftEffects(reference: turned, window: [5000, 970, 260], outcomes: nil)
    )
    let straight = try #require(
      ShiftEffects(reference: same, window: [970, 5000, 260], outcomes: nil)
    )
    #expect(abs(other.recall.total - straight.recall.total) < 1e-12)
  }
}
