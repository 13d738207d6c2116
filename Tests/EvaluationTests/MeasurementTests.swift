// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Glibc
import Profiles
import Statistics
import Testing

/// Readings that an evaluation makes beside those of the checks: volume, coverage, and intervals as
/// wide as repeated customers make them.
@Suite struct MeasurementTests {
  private typealias Model = SyntheticModel

  private static func window(
    _ version: SyntheticModel.Version,
    from day: Int,
    _ prepare: (inout ModelHistory) -> Void = { _ in }
  ) throws -> WindowEvaluation {
    let model = SyntheticModel(versions: [version])
    var history = try model.history()
    prepare(&history)
    return try #require(try model.evaluate(history).first?.window(from: day))
  }

  // MARK: Volume

  @Test func `volume is predictions a day, of days on which there should be some`() throws {
    // Four of seven days have rows.
    let version = SyntheticModel.Version(name: "v", days: 0..<57)
    let finding = try #require(try Self.window(version, from: 53).finding(.volume))
    #expect(finding.reading.value == 800.0 / 7)
    #expect(finding.reading.reference == 200)
    #expect(finding.reading.sample == Reading.Sample(current: 800, reference: 5600))
    #expect(
      finding.reading.details == [
        Reading.Detail("busy_days", 4), Reading.Detail("expected_busy_days", 7),
      ]
    )
    #expect(
      finding.reading.note == "4 days have predictions where 7 should have"
    )
    // 43 % less, and 30 % were allowed.
    #expect(finding.verdict == .drift)
    let whole = SyntheticModel.Version(name: "v", days: 0..<60)
    let usual = try #require(try Self.window(whole, from: 53).finding(.volume))
    #expect(usual.reading.value == 200)
    #expect(usual.reading.note == nil)
    #expect(usual.verdict == .ok)
  }

  @Test func `a window without predictions has no volume`() throws {
    let version = SyntheticModel.Version(name: "v", days: 0..<50)
    let finding = try #require(try Self.window(version, from: 53).finding(.volume))
    #expect(finding.verdict == .noData)
    #expect(finding.reading.value == nil)
  }

  // MARK: Coverage

  private static let version = SyntheticModel.Version(name: "v", days: 0..<60)

  private static func coverage(_ known: [TimeRange: Coverage]) throws -> Reading? {
    try window(version, from: 53) { history in
      history.customers.isCoverageWanted = true
      history.customers.coverage = known
    }.findings.first { $0.reading.check == .coverage }?.reading
  }

  @Test func `coverage is the share of customers who were scored, beside the reference's`() throws {
    // The newest week of the reference stands for it.
    let found = try #require(
      try Self.coverage([
        Model.range(53, 60): Coverage(customers: 1000, scored: 900),
        Model.range(21, 28): Coverage(customers: 1200, scored: 1188),
      ])
    )
    #expect(found.value == 0.9)
    #expect(found.reference == 0.99)
    #expect(found.sample == Reading.Sample(current: 1000, reference: 1200))
    #expect(found.details == [Reading.Detail("not_scored", 100)])
    #expect(found.segment == nil)
    #expect(found.obstacle == nil)
  }

  @Test func `coverage says why it is not known`() throws {
    #expect(
      try Self.coverage([:])?.obstacle
        == .noData("checks count it for the windows that they evaluate")
    )
    #expect(
      try Self.coverage([Model.range(53, 60): Coverage(customers: 0, scored: 0)])?.obstacle
        == .noData("nobody was a customer in it")
    )
    let alone = try Self.coverage([Model.range(53, 60): Coverage(customers: 10, scored: 10)])
    #expect(alone?.value == 1)
    #expect(
      alone?.obstacle == .noReference("the reference has no window of 7d with customers")
    )
    // Nobody asked.
    let window = try Self.window(Self.version, from: 53)
    #expect(!window.findings.contains { $0.reading.check == .coverage })
  }

  // MARK: Repeated customers

  private static func effects(_ factors: [CheckName: Double]) -> KnownEffects {
    KnownEffects(
      specification: "",
      isFinal: true,
      effects: CustomerEffects(
        windows: ["7d": DesignEffects(factors, customers: 350, predictions: 1400)],
        reference: nil,
        early: nil
      )
    )
  }

  /// Wilson's interval of a share of so many trials, at 95 %.
  private static func wilson(_ share: Double, _ trials: Double) -> (Double, Double) {
    let z = 1.959_963_984_540_054
    let centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    let half =
      z / (1 + z * z / trials)
      * (share * (1 - share) / trials + z * z / (4 * trials * trials)).squareRoot()
    return (centre - half, centre + half)
  }

  @Test func `customers who repeat leave fewer trials`() throws {
    let plain = try #require(try Self.window(Self.version, from: 39).finding(.recall)?.reading)
    let repeated = try #require(
      try Self.window(Self.version, from: 39) {
        $0.customers.effects["v"] = Self.effects([.recall: 4])
      }.finding(.recall)?.reading
    )
    for (reading, trials) in [(plain, 315.0), (repeated, 315.0 / 4)] {
      let (lower, upper) = Self.wilson(245.0 / 315, trials)
      let interval = try #require(reading.interval)
      #expect(abs(interval.lower - lower) < 1e-9)
      #expect(abs(interval.upper - upper) < 1e-9)
    }
    #expect(repeated.details.contains(Reading.Detail("design_effect", 4)))
    #expect(repeated.value == plain.value)
  }

  @Test func `estimates are widened by the root of the effect`() throws {
    func reading(_ factors: [CheckName: Double]) throws -> Reading {
      try #require(
        try Self.window(Self.version, from: 53) {
          $0.customers.effects["v"] = Self.effects(factors)
        }.finding(.estimatedPrevalence)?.reading
      )
    }
    let plain = try reading([:])
    let wide = try reading([.prevalence: 9])
    let (value, interval) = (try #require(plain.value), try #require(plain.interval))
    let widened = try #require(wide.interval)
    // All scores are the reference's: 45 of 200 churn.
    #expect(abs(value - 0.225) < 0.002)
    #expect(abs((value - widened.lower) - 3 * (value - interval.lower)) < 1e-9)
    #expect(abs((widened.upper - value) - 3 * (interval.upper - value)) < 1e-9)
  }

  // MARK: Dispersion

  @Test func `windows of the reference that differ raise the dispersion of a feature`() throws {
    func dispersion(_ version: SyntheticModel.Version, _ feature: String) throws -> Double {
      let window = try Self.window(version, from: 53)
      let reading = try #require(window.finding(.psi, feature)?.reading)
      return try #require(reading.details.first { $0.name == "dispersion" }?.value)
    }
    #expect(try dispersion(Self.version, "usage") == 1)
    // One of the reference's four weeks differs, in usage alone. By hand, the first against the
    // other three: PSI over (1/1400 + 1/4200) · 9, and each of the others against the rest.
    let shifted = SyntheticModel.Version(name: "v", days: 0..<60, shifted: 0..<7)
    func ratio(_ mine: [Double], _ theirs: [Double]) -> Double {
      let (n, m) = (mine.reduce(0, +), theirs.reduce(0, +))
      let index = zip(mine, theirs).reduce(0.0) { sum, pair in
        let (c, r) = ((pair.0 + 0.5) / (n + 5), (pair.1 + 0.5) / (m + 5))
        return sum + (c - r) * log(c / r)
      }
      return index / ((1 / n + 1 / m) * 9)
    }
    let usual = Array(repeating: 140.0, count: 10)
    let odd = [700.0, 0, 0, 0, 0, 140, 140, 140, 140, 140]
    let three = usual.map { 3 * $0 }
    let mixed = zip(usual, odd).map { 2 * $0 + $1 }
    let expected = (ratio(odd, three) + 3 * ratio(usual, mixed)) / 4
    #expect(abs(try dispersion(shifted, "usage") - expected) < 1e-9)
    #expect(expected > 50)
    #expect(try dispersion(shifted, "plan") == 1)
  }

  // MARK: Charts

  @Test func `charts show the features by their shares, the most drifted first`() throws {
    let model = SyntheticModel(versions: [
      SyntheticModel.Version(name: "v", days: 0..<60, shifted: 53..<60)
    ])
    let charts = try #require(try model.evaluate(try model.history()).first).charts
    #expect(charts.distributions.map(\.feature) == ["usage", "plan"])
    let usage = try #require(charts.distributions.first)
    #expect(usage.window == Model.range(53, 60))
    #expect(usage.labels == (0..<9).map { "\($0) – \($0 + 1)" } + ["9"])
    #expect(usage.reference == Array(repeating: 0.1, count: 10))
    #expect(usage.current == [0.5, 0, 0, 0, 0, 0.1, 0.1, 0.1, 0.1, 0.1])
    #expect(charts.distributions.last?.labels == ["A", "B"])
    #expect(charts.distributions.last?.current == [0.5, 0.5])
    let reliability = try #require(charts.reliability)
    #expect(reliability.window == Model.range(39, 46))
    #expect(reliability.points.map(\.count) == Array(repeating: 140, count: 10))
    #expect(reliability.points.map(\.observed) == (0..<10).map { Double($0) / 20 })
    for (decile, point) in reliability.points.enumerated() {
      #expect(abs(point.score - Model.score(decile)) < 1e-9)
      let (lower, upper) = Self.wilson(Double(decile) / 20, 140)
      #expect(abs(point.lower - max(0, lower)) < 1e-9)
      #expect(abs(point.upper - upper) < 1e-9)
    }
    #expect(reliability.reference.map(\.count) == Array(repeating: 560, count: 10))
  }
}
