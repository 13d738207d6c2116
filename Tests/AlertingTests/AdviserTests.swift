// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Testing

@Suite struct AdviserTests {
  private static func day(_ number: Int) -> Instant {
    Instant(microseconds: Int64(number) * 86_400_000_000)
  }

  private static func finding(
    _ check: CheckName,
    _ verdict: Verdict,
    _ severity: Severity? = nil,
    subject: String = "score",
    unitFactor: Double? = nil
  ) -> Finding {
    var reading = Reading(
      check,
      subject: subject,
      value: 0.5,
      sample: Reading.Sample(current: 1000)
    )
    reading.unitFactor = unitFactor
    return Finding(
      reading: reading,
      rule: "Rule",
      threshold: nil,
      verdict: verdict,
      severity: severity,
      reason: "because"
    )
  }

  private static func advice(
    _ newest: [Finding],
    mature: [Finding] = [],
    hasMap: Bool = true
  ) throws -> Advice {
    let windows = [
      (try #require(TimeRange(from: day(60), to: day(90))), newest),
      (try #require(TimeRange(from: day(0), to: day(30))), mature),
    ]
    let map = RecalibrationMap(intercept: 0.5, slope: 0.9, gain: 0.01, rows: 1000, basis: "labels")
    return Adviser.advice(
      windows.map { Adviser.Window(range: $0.0, findings: $0.1) },
      map: hasMap ? map : nil
    )
  }

  @Test func `drift alone asks for nothing`() throws {
    let advice = try Self.advice([
      Self.finding(.psi, .drift, .warning, subject: "charges"), Self.finding(.recallDecay, .ok),
    ])
    #expect(advice.action == .nothing)
    #expect(advice.reason == "charges drifted, and nothing has decayed")
    #expect(advice.cause == nil)
  }

  @Test func `what cannot be evaluated is not called well`() throws {
    let advice = try Self.advice([Self.finding(.recallDecay, .noReference)])
    #expect(advice.action == .nothing)
    #expect(advice.reason == "decay cannot be evaluated yet: because")
  }

  @Test func `a lost ranking asks for training, lost meaning for a map`() throws {
    #expect(try Self.advice([Self.finding(.recallDecay, .decay, .critical)]).action == .retrain)
    let calibration = [
      Self.finding(.calibrationDecay, .decay, .warning), Self.finding(.recallDecay, .ok),
    ]
    let advice = try Self.advice(calibration)
    #expect(advice.action == .recalibrate && advice.map?.slope == 0.9)
    #expect(advice.cause == Advice.Cause(.calibrationDecay, of: "score"))
    #expect(try Self.advice(calibration, hasMap: false).action == .retrain)
    // Both: a map would not bring the churners back.
    #expect(
      try Self.advice(calibration + [Self.finding(.auc, .decay, .critical)]).action == .retrain
    )
    // A fixed threshold misses churners whom the order still finds.
    let threshold = [
      Self.finding(.recall, .decay, .critical), Self.finding(.calibrationLevel, .decay, .warning),
      Self.finding(.auc, .ok),
    ]
    #expect(try Self.advice([], mature: threshold).action == .recalibrate)
  }

  @Test func `broken data come first, and explain the decay of their window only`() throws {
    let missing = Self.finding(.missing, .drift, .warning, subject: "charges")
    let decay = Self.finding(.auc, .decay, .critical)
    #expect(try Self.advice([missing, decay]).action == .fixData)
    #expect(try Self.advice([Self.finding(.labelFeed, .drift, .warning)]).action == .fixData)
    // Months ago the data were broken, and are not now.
    #expect(try Self.advice([], mature: [missing, decay]).action == .nothing)
    #expect(try Self.advice([decay], mature: [missing]).action == .retrain)
    let unit = Self.finding(.psi, .drift, .info, subject: "overage", unitFactor: 100)
    let units = try Self.advice([unit])
    #expect(units.action == .fixData && units.cause == Advice.Cause(.psi, of: "overage"))
    let minor = Self.finding(.missing, .drift, .info, subject: "charges")
    #expect(try Self.advice([minor]).action == .nothing)
  }
}
