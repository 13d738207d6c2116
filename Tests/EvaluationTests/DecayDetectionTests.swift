// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Testing

@Suite struct DecayDetectionTests {
  private typealias Model = SyntheticModel

  private static let plan = SyntheticModel(versions: []).plan

  private static func specification(_ rules: String) throws -> DecaySpecification {
    let text = "groups:\n  - name: g\n    rules:\n" + rules
    return try #require(DecaySpecification(plan, rules: try Model.rules(text)))
  }

  @Test func `without rules detectors test for what is usual`() throws {
    let usual = try #require(DecaySpecification(Self.plan, rules: []))
    #expect(usual.drop == .absolute(0.05))
    #expect(usual.change == 0.1)
    #expect((usual.recallAlpha, usual.calibrationAlpha) == (0.05, 0.05))
    #expect(usual.followUp == FixedDuration(days: 7))
    #expect(usual.horizon == FixedDuration(days: 14))
  }

  @Test func `rules say which drop and change are tolerated, and at which chance`() throws {
    let absolute = try Self.specification(
      "      - { alert: A, when: { check: recall-decay, drop: 0.1, alpha: 0.01 }, severity: info }\n"
    )
    #expect(absolute.drop == .absolute(0.1))
    #expect(absolute.recallAlpha == 0.01)
    #expect(absolute.change == 0.1)
    let shares = try Self.specification(
      """
            - { alert: A, when: { check: recall-decay, drop: 10% }, severity: info }
            - { alert: B, when: { check: calibration-decay, change: 20%, alpha: 0.02 }, severity: info }
            - { alert: C, when: { check: recall, drop: 0.3 }, severity: info }

      """
    )
    #expect(shares.drop == .relative(0.1))
    #expect(shares.recallAlpha == 0.05)
    #expect(shares.change == 0.2)
    #expect(shares.calibrationAlpha == 0.02)
    #expect(absolute.identity.text != shares.identity.text)
  }

  @Test func `without outcomes there is nothing to detect`() {
    let plan = EvaluationPlan(
      model: "m",
      windows: [Model.week],
      grid: Model.grid(),
      lateness: .zero,
      horizon: nil,
      followUp: nil,
      falseAlertsPerMonth: nil
    )
    #expect(DecaySpecification(plan, rules: []) == nil)
    #expect(plan.falseAlertsPerMonth == 0.1)
  }

  @Test func `a detector goes on from its stored state as if it had never stopped`() throws {
    let version = SyntheticModel.Version(name: "v", days: 0..<60, inverted: 35..<60)
    let specification = try #require(DecaySpecification(Self.plan, rules: []))
    func ages(_ now: Int) -> [StoredBucket<LabelAges>] {
      var model = SyntheticModel(versions: [version])
      model.now = now
      return model.buckets(now: Model.day(now)).labels.filter { $0.segment == nil }.map {
        StoredBucket(
          version: $0.version,
          segment: nil,
          bucket: $0.bucket,
          counts: $0.counts.ages
        )
      }
    }
    func history(_ now: Int, _ stored: [StoredDetector]) throws -> ModelHistory {
      var model = SyntheticModel(versions: [version])
      model.now = now
      var history = try model.history()
      try history.detectDecay(ages(now), specification, stored: stored, isAdvanced: true)
      return history
    }
    let first = try #require(try history(40, []).decays["v"]?.stored(version: "v"))
    #expect(first.advancedUntil == Model.day(40))
    #expect(first.previously == nil)
    // As the store reads it: until when it had evaluated before the next check.
    let read = StoredDetector(
      version: "v",
      specification: first.specification,
      advancedUntil: first.advancedUntil,
      state: first.state,
      previously: first.advancedUntil
    )
    let second = try #require(try history(60, [read]).decays["v"])
    let whole = try #require(try history(60, []).decays["v"])
    #expect(second.state?.recall.episodes == whole.state?.recall.episodes)
    #expect(second.state?.recall.trials == whole.state?.recall.trials)
    // 25 days after the reference whose churners have come of age by day 60: 28 to 52, 45 a day.
    #expect(second.state?.recall.trials == 25 * 45)
    #expect(try second.stored(version: "v")?.previously == Model.day(40))
    // A state is not moved back, nor stored twice for one moment.
    #expect(try history(40, [read]).decays["v"]?.stored(version: "v") == nil)
    // A state made by another specification is not read; one that cannot be read is refused.
    func unreadable(_ specification: String) -> StoredDetector {
      StoredDetector(
        version: "v",
        specification: specification,
        advancedUntil: Model.day(40),
        state: "{}",
        previously: nil
      )
    }
    let restarted = try history(60, [unreadable("another")]).decays["v"]
    #expect(restarted?.state?.recall.trials == 25 * 45)
    #expect(throws: DecodingError.self) {
      try history(60, [unreadable(specification.identity.text)])
    }
  }
}
