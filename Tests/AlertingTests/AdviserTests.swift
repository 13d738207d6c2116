// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Settings
import Testing

@Suite struct AdviserTests {
  private static func day(_ number: Int) -> Instant {
    Instant(microseconds: Int64(number) * 86_400_000_000)
  }

  private static func range(_ from: Int, _ to: Int) throws -> TimeRange {
    try #require(TimeRange(from: day(from), to: day(to)))
  }

  private static let kind = WindowSpec.sliding(days: 30)

  private static func finding(
    _ check: CheckName,
    _ verdict: Verdict,
    _ severity: Severity? = nil,
    subject: String = "score",
    value: Double = 0.5,
    unitFactor: Double? = nil
  ) -> Finding {
    var reading = Reading(
      check,
      subject: subject,
      value: value,
      reference: 0,
      sample: Reading.Sample(current: 1000)
    )
    reading.unitFactor = unitFactor
    return Finding(
      reading: reading,
      rule: check.rawValue,
      threshold: nil,
      verdict: verdict,
      severity: severity,
      reason: "because"
    )
  }

  /// Scores whose order is lost, or holds.
  private static func order(isLost: Bool) throws -> OrderEvidence {
    let binning = NumericBinningBuilder().binning(
      of: (0..<100).map { Double($0) / 100 },
      range: 0...0.99
    )
    func labels(_ isOrdered: Bool) -> LabelProfile {
      var profile = LabelProfile(binCount: binning.binCount)
      for row in 0..<2000 {
        let score = Double(row % 100) / 100
        // One in ten churns: of the upper half, or anybody.
        let churns = isOrdered ? row % 100 >= 50 && row / 100 < 4 : row / 100 < 2
        profile.count(
          ScoredPrediction(score: score, bin: binning.bin(of: score), isFlagged: nil, logLoss: 0),
          label: churns,
          isFinal: true
        )
      }
      return profile
    }
    return try #require(
      OrderEvidence(
        [.init(labels(!isLost), age: nil)],
        against: [.init(labels(true), age: nil)],
        binning,
        prevalence: 0.1
      )
    )
  }

  private static func advice(
    _ newest: [Finding],
    mature: [Finding] = [],
    _ arrange: (inout Adviser.Evidence) throws -> Void = { _ in }
  ) throws -> Advice {
    var evidence = Adviser.Evidence()
    evidence.horizon = FixedDuration(days: 30)
    evidence.maps = .helpful(
      RecalibrationMap(intercept: 0.5, slope: 0.9, gain: 0.01, rows: 1000, basis: "labels")
    )
    try arrange(&evidence)
    let windows = [(try range(60, 90), newest), (try range(0, 30), mature)]
    return Adviser(
      windows.map { Adviser.Window(kind: kind, range: $0.0, findings: $0.1) },
      alerts: nil,
      rules: [],
      evidence
    ).advice()
  }

  @Test func `drift alone is watched`() throws {
    let advice = try Self.advice([
      Self.finding(.psi, .drift, .warning, subject: "charges"), Self.finding(.recallDecay, .ok),
    ])
    #expect(advice.action == .watch)
    #expect(advice.reason == "psi of charges: because")
    #expect(advice.cause == Advice.Cause(.psi, of: "charges"))
    let minor = try Self.advice([
      Self.finding(.psi, .drift, .info, subject: "charges"), Self.finding(.recallDecay, .ok),
    ])
    #expect(minor.action == .nothing)
    #expect(minor.reason == "charges drifted, and nothing has decayed")
    #expect(minor.cause == nil)
  }

  @Test func `what cannot be evaluated is not called well`() throws {
    let advice = try Self.advice([Self.finding(.recallDecay, .noReference)])
    #expect(advice.action == .nothing)
    #expect(advice.reason == "decay cannot be evaluated yet: because")
  }

  @Test func `a lost order asks for training, lost meaning for a map`() throws {
    let recall = Self.finding(.recallDecay, .decay, .critical)
    let calibration = Self.finding(.calibrationDecay, .decay, .warning)
    let lost = try Self.advice([recall]) { $0.order = try Self.order(isLost: true) }
    #expect(lost.action == .retrain)
    #expect(lost.cause == Advice.Cause(.recallDecay, of: "score"))
    // The level moved first, and the order is gone: a map would not bring it back.
    let both = try Self.advice([calibration]) { $0.order = try Self.order(isLost: true) }
    #expect(both.action == .retrain && both.cause == Advice.Cause(.auc, of: "score"))
    let held = try Self.advice([calibration]) { $0.order = try Self.order(isLost: false) }
    #expect(held.action == .recalibrate && held.map?.slope == 0.9)
    #expect(held.cause == Advice.Cause(.calibrationDecay, of: "score"))
    // A fixed threshold misses churners whom the order still finds.
    let threshold = try Self.advice([recall]) { $0.order = try Self.order(isLost: false) }
    #expect(threshold.action == .recalibrate)
    for (maps, why) in [(Adviser.Maps.none("the level swings"), "the level swings"), (nil, "too")] {
      let withoutMap = try Self.advice([calibration]) {
        $0.order = try Self.order(isLost: false)
        $0.maps = maps
      }
      #expect(withoutMap.action == .watch && withoutMap.reason.contains("; \(why)"))
    }
  }

  @Test func `while the order is not known a decay is watched`() throws {
    let advice = try Self.advice([Self.finding(.recallDecay, .decay, .critical)])
    #expect(advice.action == .watch)
    #expect(advice.reason.hasSuffix("too few churners are known to say why"))
  }

  @Test func `a fault of the data comes before what it explains, not before what it does not`()
    throws
  {
    let missing = Self.finding(.missing, .drift, .warning, subject: "charges", value: 1)
    let decay = Self.finding(.auc, .decay, .critical)
    let isLost: (inout Adviser.Evidence) throws -> Void = {
      $0.order = try Self.order(isLost: true)
    }
    let together = try Self.advice([missing, decay], isLost)
    #expect(together.action == .fixData && together.cause?.subject == "charges")
    #expect(together.setAside == ["auc of score: because"])
    // Decay of months in which the data were sound is retrained, and the fault is named too.
    let apart = try Self.advice([missing], mature: [decay], isLost)
    #expect(apart.action == .retrain)
    #expect(apart.setAside == ["missing of charges: because"])
  }

  @Test
  func `values that go missing slowly are watched, those from one day to the next are a fault`()
    throws
  {
    let missing = Self.finding(.missing, .drift, .warning, subject: "charges", value: 0.2)
    #expect(try Self.advice([missing]).action == .watch)
    let cause = Advice.Cause(.missing, of: "charges")
    #expect(try Self.advice([missing]) { $0.jumps = [cause: .fault] }.action == .fixData)
    let newcomers = try Self.advice([missing]) {
      $0.jumps = [cause: .customers(["region", "age"])]
    }
    #expect(newcomers.action == .watch)
    #expect(newcomers.cause == Advice.Cause(.psi, of: "region"))
    #expect(newcomers.reason.contains("region, age moved at the same time; missing of charges"))
  }

  @Test func `a unit and a stuck column are faults`() throws {
    let unit = Self.finding(.psi, .drift, .warning, subject: "overage", unitFactor: 100)
    #expect(try Self.advice([unit]).action == .fixData)
    // Miles would be 1.609 kilometres; so far a count may also have grown.
    let grown = Self.finding(.psi, .drift, .warning, subject: "overage", unitFactor: 1.609)
    #expect(try Self.advice([grown]).action == .watch)
    let cause = Advice.Cause(.psi, of: "overage")
    #expect(try Self.advice([grown]) { $0.jumps = [cause: .fault] }.action == .fixData)
    let decay = Self.finding(.recall, .decay, .critical)
    let both = try Self.advice([grown, decay]) { $0.order = try Self.order(isLost: true) }
    #expect(both.action == .retrain)
    let stuck = Self.finding(.stuck, .drift, .warning, subject: "overage")
    #expect(try Self.advice([stuck]).action == .fixData)
  }

  @Test func `labels come first, and explain whatever they were counted with`() throws {
    let feed = Self.finding(.labelFeed, .drift, .warning, subject: "outcome")
    let decay = Self.finding(.recall, .decay, .critical)
    let advice = try Self.advice([feed, decay]) { $0.order = try Self.order(isLost: true) }
    #expect(advice.action == .fixLabels)
    #expect(advice.setAside == ["recall of score: because"])
  }

  @Test func `predictions that are not made do not hide decay`() throws {
    let volume = Self.finding(.volume, .drift, .critical)
    #expect(try Self.advice([volume]).action == .fixData)
    let decay = Self.finding(.recall, .decay, .critical)
    let both = try Self.advice([volume, decay]) { $0.order = try Self.order(isLost: true) }
    #expect(both.action == .retrain && both.setAside == ["volume of score: because"])
  }

  @Test func `of alerts that are alike the same one is named, in whatever order they come`() throws
  {
    let names = (0..<20).map { "column\($0)" }
    let reading = YAMLReading()
    let rules = RuleFile.rules(
      text: """
        groups:
          - name: g
            rules:
              - { alert: Missing, when: { check: missing, rise: 0.05 }, severity: warning }
        """,
      file: "rules.yaml",
      reading: reading
    )
    try reading.throwIfAny()
    let rule = try #require(rules.first)
    let bad = AlertObservation(
      window: try Self.range(60, 90),
      signal: .bad,
      value: 1,
      reference: 0,
      reason: "because"
    )
    let alerts = names.map { name in
      Alert(
        key: AlertKey(
          version: "v",
          rule: rule.name,
          subject: name,
          segment: nil,
          window: Self.kind
        ),
        state: .firing,
        since: Self.day(90),
        firingSince: Self.day(90),
        newest: bad,
        severity: .warning,
        reason: "because"
      )
    }
    var subjects: Set<String?> = []
    for _ in 0..<20 {
      let adviser = Adviser(
        [Adviser.Window(kind: Self.kind, range: try Self.range(60, 90), findings: [])],
        alerts: alerts.shuffled(),
        rules: rules,
        Adviser.Evidence()
      )
      let advice = adviser.advice()
      #expect(advice.action == .fixData)
      subjects.insert(advice.cause?.subject)
    }
    #expect(subjects.count == 1, "\(subjects)")
  }

  @Test func `a version that orders worse than the one before is rolled back`() throws {
    let advice = try Self.advice([]) {
      $0.predecessor = ("v1", try Self.order(isLost: true))
    }
    #expect(advice.action == .rollback)
    #expect(advice.reason.hasPrefix("v1 ordered customers better: the order is lost"))
    let fine = try Self.advice([]) {
      $0.predecessor = ("v1", try Self.order(isLost: false))
    }
    #expect(fine.action == .nothing)
  }
}
