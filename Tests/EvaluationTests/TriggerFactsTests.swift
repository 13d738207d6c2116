// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Profiles
import Testing

@Suite struct TriggerFactsTests {
  private typealias Model = SyntheticModel

  private static let rules = """
    groups:
      - name: g
        rules:
          - { alert: Decay, when: { check: recall-decay, drop: 0.05 }, severity: critical }
          - { alert: Recall, when: { check: recall, drop: 0.05 }, severity: critical }
          - { alert: Drift, when: { check: psi, above: 0.1 }, severity: warning }
    """

  /// The facts of a version whose detector of recall has these alarms.
  private static func facts(
    _ alarms: [DetectorStatus.Alarm] = [],
    _ plan: EvaluationPlan = SyntheticModel(versions: []).plan
  ) throws -> TriggerFacts {
    let findings = alarms.map { alarm in
      var reading = Reading(
        .recallDecay,
        subject: "score",
        value: 0.5,
        reference: 0.8,
        sample: Reading.Sample(current: 100)
      )
      reading.detector = DetectorStatus(
        boundary: 0.75,
        evidence: 30,
        alpha: 0.05,
        seen: 100,
        hasNoPower: false,
        alarm: alarm
      )
      return Finding(
        reading: reading,
        rule: "Decay",
        threshold: 0.75,
        verdict: .decay,
        severity: .critical,
        reason: ""
      )
    }
    let window = WindowEvaluation(
      kind: Model.week,
      range: Model.range(53, 60),
      calendar: plan.grid.calendar,
      rows: 1400,
      labelled: 0,
      isMature: false,
      findings: findings
    )
    return TriggerFacts(
      plan,
      VersionEvaluation(version: "v", windows: [window]),
      rules: try Model.rules(rules)
    )
  }

  private static func alert(
    _ rule: String,
    value: Double? = 0.6,
    reference: Double? = 0.8,
    firingSince: Instant? = Model.day(60)
  ) -> Alert {
    Alert(
      key: AlertKey(version: "v", rule: rule, subject: "score", segment: nil, window: Model.week),
      state: .firing,
      since: Model.day(60),
      firingSince: firingSince,
      newest: AlertObservation(
        window: Model.range(39, 46),
        signal: .bad,
        value: value,
        reference: reference,
        sample: 70,
        reason: ""
      ),
      severity: .critical,
      reason: ""
    )
  }

  @Test func `a detector knows when decay began, unless it is over`() throws {
    func alarm(_ since: Int, until: Int? = nil) -> DetectorStatus.Alarm {
      DetectorStatus.Alarm(
        since: Model.day(since),
        detectedAt: Model.day(since + 8),
        until: until.map(Model.day)
      )
    }
    #expect(
      try Self.facts([alarm(40), alarm(35)]).onset(Self.alert("Decay")) == Model.day(35)
    )
    // What is over says nothing of the present; nor does a detector of another check.
    let over = try Self.facts([alarm(35, until: 44)])
    #expect(over.onset(Self.alert("Decay")) == Model.day(39))
    #expect(try Self.facts([alarm(35)]).onset(Self.alert("Recall")) == Model.day(39))
  }

  @Test func `else the newest window that was mature when the alert fired`() throws {
    // Fired on day 60, labels are final after 14: the window that ends on day 46 begins on day 39.
    let facts = try Self.facts()
    #expect(facts.onset(Self.alert("Recall")) == Model.day(39))
    #expect(facts.onset(Self.alert("Recall", firingSince: Model.day(50))) == Model.day(29))
    #expect(facts.onset(Self.alert("Recall", firingSince: nil)) == nil)
    let late = EvaluationPlan(
      model: "m",
      windows: [Model.week],
      grid: Model.grid(),
      lateness: FixedDuration(days: 2),
      horizon: Model.horizon,
      followUp: nil,
      falseAlertsPerMonth: nil
    )
    #expect(try Self.facts([], late).onset(Self.alert("Recall")) == Model.day(37))
    let unlabelled = EvaluationPlan(
      model: "m",
      windows: [Model.week],
      grid: Model.grid(),
      lateness: .zero,
      horizon: nil,
      followUp: nil,
      falseAlertsPerMonth: nil
    )
    #expect(try Self.facts([], unlabelled).onset(Self.alert("Recall")) == nil)
  }

  @Test func `missed churners are those of a month, by the recall that is lost`() throws {
    let facts = try Self.facts()
    // 0.2 of 70 churners a week, 30.4 days a month.
    let missed = try #require(facts.missedPerMonth(Self.alert("Recall")))
    #expect(abs(missed - 60.8) < 1e-9)
    #expect(facts.missedPerMonth(Self.alert("Recall", value: 0.9)) == 0)
    #expect(facts.missedPerMonth(Self.alert("Decay")) != nil)
    #expect(facts.missedPerMonth(Self.alert("Drift")) == nil)
    #expect(facts.missedPerMonth(Self.alert("Recall", value: nil)) == nil)
    #expect(facts.missedPerMonth(Self.alert("Recall", reference: nil)) == nil)
  }
}
