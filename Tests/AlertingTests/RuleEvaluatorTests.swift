// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Settings
import Statistics
import Testing

@Suite struct RuleEvaluatorTests {
  private func rules(_ when: String, severity: String = "warning") throws -> [Rule] {
    let reading = YAMLReading()
    let text = """
      groups:
        - name: g
          rules:
            - alert: A
              when: \(when)
              severity: \(severity)
      """
    let rules = RuleFile.rules(text: text, file: "r.yaml", reading: reading)
    try reading.throwIfAny()
    return rules
  }

  /// The finding on one reading alone, with a false alert a month.
  private static func finding(_ evaluator: RuleEvaluator, _ reading: Reading) throws -> Finding {
    let budget = ErrorBudget(falseAlertsPerMonth: 1, evaluationsPerMonth: 1, windowKinds: 1)
    return try #require(
      evaluator.evaluate([reading], window: .month, budget: budget).findings.first
    )
  }

  private func verdict(_ reading: Reading, _ when: String) throws -> Finding {
    try Self.finding(RuleEvaluator(rules: rules(when)), reading)
  }

  private func recall(
    _ hits: Int,
    of churners: Int,
    reference: (Int, Int) = (700, 1000)
  ) throws -> Reading {
    let mine = try #require(Proportion(hits, of: churners))
    let theirs = try #require(Proportion(reference.0, of: reference.1))
    return Reading(
      .recall,
      subject: "score",
      value: mine.value,
      interval: mine.wilsonInterval(),
      reference: theirs.value,
      referenceInterval: theirs.wilsonInterval(),
      sample: .init(current: churners, reference: reference.1)
    )
  }

  private func level(_ value: Double, reference: Double) -> Reading {
    Reading(
      .calibrationLevel,
      subject: "score",
      value: value,
      interval: Interval(lower: value - 0.005, upper: value + 0.005),
      reference: reference,
      referenceInterval: Interval(lower: reference - 0.005, upper: reference + 0.005),
      sample: .init(current: 10_000, reference: 10_000)
    )
  }

  @Test func `calibration that comes nearer to zero is no decay, unless it crosses zero`() throws {
    let rule = "{ check: calibration-level, change: 0.02 }"
    let nearer = try verdict(level(0.01, reference: 0.08), rule)
    #expect(nearer.verdict == .ok && nearer.reason.hasSuffix(", nearer to 0"))
    #expect(try verdict(level(-0.01, reference: -0.08), rule).verdict == .ok)
    #expect(try verdict(level(-0.05, reference: 0.08), rule).verdict == .decay)
    #expect(try verdict(level(0.08, reference: 0.01), rule).verdict == .decay)
  }

  @Test func `what is allowed is said only of the direction that the rule asks for`() throws {
    let better = try verdict(try recall(900, of: 1000), "{ check: recall, drop: 0.05 }")
    #expect(better.verdict == .ok && better.reason.hasSuffix("the rule asks only for a fall"))
    let worse = try verdict(try recall(690, of: 1000), "{ check: recall, drop: 0.05 }")
    #expect(worse.verdict == .ok && worse.reason.contains("within the"))
  }

  @Test func `a drop beyond the margin and beyond chance is decay`() throws {
    let finding = try verdict(try recall(450, of: 1000), "{ check: recall, drop: 0.05 }")
    #expect(finding.verdict == .decay)
    #expect(finding.severity == .warning)
    #expect(abs(try #require(finding.threshold) - 0.65) < 1e-12)
  }

  @Test func `a drop that chance explains is inconclusive, a small one is ok`() throws {
    let few = try verdict(try recall(11, of: 20), "{ check: recall, drop: 0.05 }")
    #expect(few.verdict == .inconclusive)
    let small = try verdict(try recall(690, of: 1000), "{ check: recall, drop: 0.05 }")
    #expect(small.verdict == .ok)
    #expect(small.severity == nil)
  }

  @Test func `an improvement is no decay`() throws {
    #expect(try verdict(try recall(900, of: 1000), "{ check: recall, drop: 0.05 }").verdict == .ok)
    #expect(
      try verdict(try recall(900, of: 1000), "{ check: recall, change: 0.05 }").verdict == .decay
    )
  }

  @Test func `a relative margin is a share of the reference`() throws {
    #expect(try verdict(try recall(500, of: 1000), "{ check: recall, drop: 50% }").verdict == .ok)
    #expect(
      try verdict(try recall(200, of: 1000), "{ check: recall, drop: 50% }").verdict == .decay
    )
  }

  @Test func `too small a sample is inconclusive whatever the value`() throws {
    let finding = try verdict(
      try recall(0, of: 20),
      "{ check: recall, drop: 0.05, min_sample: 30 }"
    )
    #expect(finding.verdict == .inconclusive)
  }

  @Test func `obstacles become verdicts of their own`() throws {
    var reading = try recall(10, of: 100)
    reading.obstacle = .immature("labels are final for 40 % of the predictions so far")
    #expect(try verdict(reading, "{ check: recall, drop: 0.05 }").verdict == .immature)
    #expect(try Self.finding(RuleEvaluator(rules: []), reading).verdict == .immature)
    reading.obstacle = .noReference("none")
    #expect(try verdict(reading, "{ check: recall, drop: 0.05 }").verdict == .noReference)
    let nothing = Reading(
      .recall,
      subject: "score",
      sample: .init(current: 0),
      obstacle: .noData("no churner is known")
    )
    #expect(try verdict(nothing, "{ check: recall, drop: 0.05 }").verdict == .noData)
    #expect(try Self.finding(RuleEvaluator(rules: []), nothing).verdict == .noData)
  }

  @Test func `a reading without a rule is unjudged`() throws {
    let finding = try Self.finding(RuleEvaluator(rules: []), try recall(450, of: 1000))
    #expect(finding.verdict == .unjudged)
    #expect(finding.rule == nil)
  }

  @Test func `PSI is evaluated by its law and its smallest detectable shift is given`() throws {
    func psi(_ current: [Int], _ reference: [Int], usual: Double? = nil) -> Reading {
      PopulationStabilityIndex.reading(
        .psi,
        subject: "f",
        GroupedCounts(current: current, reference: reference),
        in: DriftContext(
          spread: usual.map {
            ReferenceSpread(windows: 6, index: $0, dispersion: 1, degreesOfFreedom: 1)
          }
        )
      )
    }
    let rule = "{ check: psi, above: 0.1 }"
    let even = Array(repeating: 1000, count: 10)
    #expect(try verdict(psi(even, even), rule).verdict == .ok)
    let shifted = [3000, 2000, 1000, 500] + Array(repeating: 300, count: 6)
    // A short reference does not say what is usual: drift from the level of action on.
    let moved = try verdict(psi(shifted, even), "{ check: psi, above: 0.25 }")
    #expect(moved.verdict == .drift && moved.reason.contains("shorter than four such windows"))
    #expect(try verdict(psi(shifted, even), rule).verdict == .referenceLimited)
    // Its own windows differ as much, or do not.
    let usual = try verdict(psi(shifted, even, usual: 0.2), rule)
    #expect(usual.verdict == .referenceLimited && usual.reason.contains("own windows differ"))
    #expect(try verdict(psi(shifted, even, usual: 0.01), rule).verdict == .drift)
    // The same shift in 60 rows can be chance, and even no shift at all proves little.
    let few = try verdict(psi([9, 8, 7, 6, 6, 6, 5, 5, 4, 4], even), rule)
    #expect(few.verdict == .inconclusive)
    #expect(few.reading.details.contains { $0.name == "smallest_detectable" && $0.value > 0.25 })
  }

  @Test func `the most severe of several rules holds`() throws {
    let reading = YAMLReading()
    let rules = RuleFile.rules(
      text: """
        groups:
          - name: g
            rules:
              - { alert: Small, when: { check: recall, drop: 0.01 }, severity: info }
              - { alert: Large, when: { check: recall, drop: 0.1 }, severity: critical }
        """,
      file: "r.yaml",
      reading: reading
    )
    let evaluator = RuleEvaluator(rules: rules)
    #expect(try Self.finding(evaluator, try recall(400, of: 1000)).rule == "Large")
    #expect(try Self.finding(evaluator, try recall(640, of: 1000)).rule == "Small")
  }

  @Test func `windows, subjects and segments are matched`() throws {
    let reading = try recall(450, of: 1000)
    #expect(try verdict(reading, "{ check: recall, drop: 0.05, window: 7d }").verdict == .unjudged)
    #expect(try verdict(reading, "{ check: recall, drop: 0.05, window: 1mo }").verdict == .decay)
    #expect(
      try verdict(reading, "{ check: recall, drop: 0.05, subject: other }").verdict == .unjudged
    )
    #expect(
      try verdict(reading, "{ check: recall, drop: 0.05, segment: '*' }").verdict == .unjudged
    )
    var north = reading
    north.segment = "region=north"
    #expect(try verdict(north, "{ check: recall, drop: 0.05 }").verdict == .unjudged)
    #expect(try verdict(north, "{ check: recall, drop: 0.05, segment: '*' }").verdict == .decay)
    #expect(
      try verdict(north, "{ check: recall, drop: 0.05, segment: region=* }").verdict == .decay
    )
    #expect(
      try verdict(north, "{ check: recall, drop: 0.05, segment: region=south }").verdict
        == .unjudged
    )
  }

  @Test(arguments: [
    ("{ check: recal, drop: 0.1 }", "unknown check 'recal'; did you mean 'recall'?"),
    ("{ check: recall }", "give one of 'above', 'below', 'drop', 'rise' and 'change'"),
    ("{ check: recall, drop: 0.1, above: 2 }", "give one of"),
    ("{ check: recall, drop: lots }", "an amount such as 0.05 or 20%, found 'lots'"),

    ("{ check: recall-decay, above: 0.05 }", "recall-decay asks for 'drop'"),
    ("{ check: calibration-decay, change: 0.05 }", "as a share of the odds, such as 10%"),
    (
      "{ check: recall-decay, drop: 0.1, segment: '*' }", "recall-decay evaluates all rows together"
    ),
    (
      "{ check: recall, drop: 0.1, alpha: 0.01 }", "'alpha' belongs to psi, score-psi, recall-decay"
    ),
    ("{ check: psi, above: 0.25, windw: 7d }", "unknown key 'windw'; did you mean 'window'?"),
  ])
  func `a faulty rule says where, what and how to fix it`(_ when: String, _ message: String) {
    do {
      _ = try rules(when)
      Issue.record("accepted")
    } catch let errors as ConfigErrors {
      #expect(errors.description.contains(message), "\(errors)")
      #expect(errors.description.hasPrefix("r.yaml:"))
    } catch {
      Issue.record("\(error)")
    }
  }
}
