// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Glibc
import Profiles
import Settings
import Statistics
import TestKit
import Testing

/// How often PSI calls drift: in windows whose season lies inside the reference, at the tolerance,
/// and beyond it, by seeded simulation of what a check does.
@Suite struct DriftSimulation {
  /// How windows differ where nothing drifts.
  enum Noise: String, CaseIterable, Sendable {
    /// Every group on its own.
    case independent
    /// All groups along one direction, as a season moves them.
    case common
  }

  /// An operator's rows of one feature with ten groups.
  struct Setting: Sendable, CustomTestStringConvertible {
    var noise = Noise.common
    /// The standard deviation of a group's log share from window to window.
    var amplitude = 0.0
    /// Windows of the reference.
    var windows = 6
    var rows = 5000
    /// Rows of one customer, all in the same group.
    var cluster = 1
    /// The true index of the window's population from the reference's; at 0 the window is one like
    /// the reference's.
    var index = 0.0
    var tolerance = 0.25

    var testDescription: String {
      "\(noise) noise of \(amplitude), \(windows) windows, \(rows) rows in clusters of \(cluster), "
        + "index \(index) against \(tolerance)"
    }
  }

  private static let groups = 10

  /// The shares of a window; of one that has moved the shares of the population that it is of.
  private static func shares(
    _ setting: Setting,
    _ direction: [Double],
    _ random: inout SplitMix64
  ) -> [Double] {
    let common = random.normal()
    let weights = direction.map { weight in
      exp(setting.amplitude * (setting.noise == .common ? common * weight : random.normal()))
    }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  private static func draw(
    _ shares: [Double],
    _ setting: Setting,
    _ random: inout SplitMix64
  ) -> [Int] {
    Shares(shares).draw(setting.rows / setting.cluster, &random).map { $0 * setting.cluster }
  }

  /// The share of runs in which the window is called drift, at a budget of one false alert in 200
  /// windows.
  private static func rate(_ setting: Setting, runs: Int) throws -> Double {
    let reading = YAMLReading()
    let rules = RuleFile.rules(
      text: """
        groups:
          - name: g
            rules:
              - { alert: A, when: { check: psi, above: \(setting.tolerance) }, severity: warning }
        """,
      file: "r.yaml",
      reading: reading
    )
    try reading.throwIfAny()
    let evaluator = RuleEvaluator(rules: rules)
    let budget = ErrorBudget(falseAlertsPerMonth: 0.005, evaluationsPerMonth: 1, windowKinds: 1)
    var random = SplitMix64(seed: UInt64(setting.windows * 7919 + setting.rows + setting.cluster))
    let found = (0..<runs).count { _ in
      var direction = (0..<groups).map { _ in random.normal() }
      let size = (direction.reduce(0) { $0 + $1 * $1 } / Double(groups)).squareRoot()
      direction = direction.map { $0 / size }
      let populations = (0..<setting.windows).map { _ in shares(setting, direction, &random) }
      let windows = populations.map { draw($0, setting, &random) }
      let whole = (0..<groups).map { group in
        populations.reduce(0) { $0 + $1[group] } / Double(populations.count)
      }
      let moved =
        setting.index > 0
        ? Shares.shifted(whole, psi: setting.index) : shares(setting, direction, &random)
      let mine = draw(moved, setting, &random)
      let reference = (0..<groups).map { group in windows.reduce(0) { $0 + $1[group] } }
      let effect = Double(setting.cluster)
      let psi = PopulationStabilityIndex.reading(
        .psi,
        subject: "f",
        GroupedCounts(current: mine, reference: reference),
        in: DriftContext(
          designEffect: (effect, effect),
          spread: ReferenceSpread(grouped: windows)
        )
      )
      return evaluator.evaluate([psi], window: .month, budget: budget).findings.first?.verdict
        == .drift
    }
    return Double(found) / Double(runs)
  }

  private static let quiet: [Setting] = Noise.allCases.flatMap { noise in
    [0.05, 0.1, 0.3, 0.5].flatMap { amplitude in
      [4, 6, 12].flatMap { windows in
        [(5000, 3), (500, 1)].map { rows, cluster in
          Setting(
            noise: noise,
            amplitude: amplitude,
            windows: windows,
            rows: rows,
            cluster: cluster,
            tolerance: 0.1
          )
        }
      }
    }
  }

  @Test(arguments: quiet)
  func `a window like the reference's is called drift in at most 5 %`(_ setting: Setting) throws {
    let runs = 300
    let rate = try Self.rate(setting, runs: runs)
    // Three standard errors of the simulation.
    #expect(rate <= 0.05 + 3 * (0.05 * 0.95 / Double(runs)).squareRoot(), "\(rate)")
  }

  private static let atTolerance: [Setting] = [0.1, 0.25].flatMap { tolerance in
    [(0.0, 6), (0.1, 4), (0.1, 12)].flatMap { amplitude, windows in
      [(5000, 1), (5000, 3), (500, 1)].map { rows, cluster in
        Setting(
          amplitude: amplitude,
          windows: windows,
          rows: rows,
          cluster: cluster,
          index: tolerance,
          tolerance: tolerance
        )
      }
    }
  }

  @Test(arguments: atTolerance)
  func `a window at the tolerance is called drift in at most 5 %`(_ setting: Setting) throws {
    let runs = 400
    let rate = try Self.rate(setting, runs: runs)
    #expect(rate <= 0.05 + 3 * (0.05 * 0.95 / Double(runs)).squareRoot(), "\(rate)")
  }

  @Test(arguments: Noise.allCases, [(0.25, 0.1), (0.5, 0.25)])
  func `a drift of 2.5 and of twice the tolerance is found in 90 %`(
    _ noise: Noise,
    _ size: (index: Double, tolerance: Double)
  ) throws {
    // Six windows whose own index averages 0.005 or less: of 5,000 rows in clusters of three
    // sampling alone makes that.
    for cluster in [1, 2, 3] {
      for windows in [6, 12] {
        let setting = Setting(
          noise: noise,
          amplitude: cluster == 1 ? 0.05 : 0,
          windows: windows,
          cluster: cluster,
          index: size.index,
          tolerance: size.tolerance
        )
        let rate = try Self.rate(setting, runs: 300)
        #expect(rate >= 0.9, "\(setting.testDescription): \(rate)")
      }
    }
  }

  /// The power where the reference is shorter or noisier; docs/internals/error-rates.md has it.
  @Test func `the power falls with the noise and rises with the windows`() throws {
    var table: [[Double]] = []
    for amplitude in [0.0, 0.1, 0.2, 0.3] {
      table.append(
        try [4, 6, 12].map { windows in
          try Self.rate(
            Setting(amplitude: amplitude, windows: windows, index: 0.5),
            runs: 200
          )
        }
      )
    }
    print("power at index 0.5 against 0.25, noise 0, 0.1, 0.2, 0.3 by windows 4, 6, 12: \(table)")
    #expect(table[0].allSatisfy { $0 > 0.95 })
    #expect(table[3][0] < table[0][0] && table[3][0] <= table[3][2])
  }
}
