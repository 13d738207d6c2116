// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics
import Testing

/// What the catalogue says of checks agrees with itself, and with what they measure.
@Suite struct CheckCatalogTests {
  private static func checks(_ kinds: Set<CheckDefinition.Kind>) -> Set<CheckName> {
    Set(CheckName.allCases.filter { kinds.contains($0.definition.kind) })
  }

  @Test func `every check has a title of its own`() {
    let titles = CheckName.allCases.map(\.definition.title.text)
    #expect(titles.allSatisfy { !$0.isEmpty })
    #expect(Set(titles).count == CheckName.allCases.count)
  }

  @Test func `columns are headed by the name where nothing shorter is known`() {
    #expect(CheckName.auc.heading == "AUC" && CheckName.auc.narrowHeading == "auc")
    #expect(CheckName.calibrationLevel.heading == "observed − predicted")
    #expect(CheckName.calibrationLevel.narrowHeading == "calib.")
    #expect(CheckName.recall.heading == "recall" && CheckName.recall.narrowHeading == "recall")
  }

  @Test(arguments: CheckName.allCases)
  func `a definition agrees with itself`(_ check: CheckName) {
    let definition = check.definition
    #expect(definition.interval != "")
    if definition.isDistance {
      #expect(definition.worse == .higher && definition.unit.range.lowerBound == 0)
      #expect([.dataDrift, .scoreDrift].contains(definition.kind))
    }
    if definition.isRowShare {
      #expect(definition.unit == .share && definition.interval != nil && !definition.isDistance)
    }
    if definition.evidence == .law { #expect(definition.isDistance) }
    // Features have names of their own; all else has one subject.
    #expect((definition.subject == nil) == (definition.kind == .dataDrift))
    #expect(definition.isDetector == (definition.kind == .decay))
    if let metric = definition.designEffect {
      #expect(metric.definition.kind == .performance)
      #expect(metric.definition.designEffect == metric)
      #expect(definition.isOutcome || definition.kind == .estimate)
    }
  }

  @Test func `rosters and the catalogue name the same checks`() {
    let drift = Set(DriftMeasures.all.map(\.name))
    #expect(Self.checks([.dataDrift]) == drift)
    #expect(Self.checks([.scoreDrift]) == [.scorePSI])
    #expect(Self.checks([.performance]) == Set(PerformanceRoster.all.map(\.name)))
  }

  @Test func `verdicts are decay where the model works worse, and drift elsewhere`() {
    let decay = CheckName.allCases.filter { $0.definition.badVerdict == .decay }
    #expect(
      Set(decay) == [
        .accuracy, .recall, .precision, .f1, .auc, .aucPR, .lift, .brier, .logLoss,
        .calibrationLevel, .calibrationSlope, .ece, .recallDecay, .calibrationDecay, .smoothECE,
        .spiegelhalter, .estimatedRecall, .estimatedAUC,
      ]
    )
    #expect(CheckName.allCases.allSatisfy { $0.definition.badVerdict.isBad })
  }

  @Test func `a rule may say how often it is wrong of divergences and detectors alone`() {
    let takers = CheckName.allCases.filter(\.definition.takesAlpha)
    #expect(takers == [.psi, .scorePSI, .recallDecay, .calibrationDecay])
  }

  @Test func `design effects are those of the metric that the catalogue names`() {
    let effects = DesignEffects(
      [.recall: 2, .auc: 3, .calibrationLevel: 4],
      customers: 10,
      predictions: 20
    )
    #expect(effects[.recall] == 2 && effects[.recallDecay] == 2 && effects[.aucPR] == 2)
    #expect(effects[.auc] == 3 && effects[.estimatedAUC] == 3)
    #expect(effects[.ece] == 4 && effects[.calibrationDecay] == 4)
    #expect(effects[.precision] == 1 && effects[.psi] == 1 && effects[.smoothECE] == 1)
  }

  /// A value and an interval as the definition promises them.
  private func expect(_ check: CheckName, _ value: Double?, _ interval: Interval?) throws {
    let definition = check.definition
    let value = try #require(value, "\(check.rawValue)")
    #expect(definition.unit.range.contains(value), "\(check.rawValue): \(value)")
    #expect((interval != nil) == (definition.interval != nil), "\(check.rawValue)")
  }

  @Test func `metrics lie in their unit's range and have the intervals that are promised`() throws {
    let scores = (1...40).map { Double($0) / 41 }
    let outcomes = PerformanceGoldenTests.outcomes(
      scores,
      scores.indices.map { ($0 * 7 % 40) < $0 ? 1 : 0 },
      threshold: 0.5
    )
    for metric in PerformanceRoster.all {
      guard case .value(let value, let interval, _, _) = metric.measure(outcomes) else {
        Issue.record("\(metric.name.rawValue) was not measured")
        continue
      }
      try expect(metric.name, value, interval)
      #expect(metric.name.definition.subject != nil)
    }
  }

  @Test(arguments: ["f", Subject.scoreName])
  func `drift lies in its unit's range and has the intervals that are promised`(
    _ subject: String
  ) throws {
    let numbers = NumericBinningBuilder().binning(of: (0..<400).map(Double.init), range: 0...399)
    let kinds: [FeatureKind] = [
      .numeric(numbers), .category(CategoryBinning(levels: ["a", "b", "c"], rareLevels: [1])),
    ]
    for kind in kinds {
      func counts(_ fill: (Int) -> Int) -> FeatureCounts {
        FeatureCounts(
          binning: FeatureBinning(name: subject, kind: kind),
          counts: (0..<kind.binCount).map(fill)
        )
      }
      let readings = DriftMeasures.readings(counts { 10 + $0 % 7 }, with: counts { 20 + $0 % 5 })
      #expect(
        readings.contains { $0.check == .scorePSI } == (subject == Subject.scoreName)
          && readings.contains { $0.check == .psi } == (subject != Subject.scoreName)
      )
      for reading in readings {
        try expect(reading.check, reading.value, reading.interval)
        if reading.check.definition.isDistance { #expect(reading.reference == 0) }
      }
    }
  }
}
