// SPDX-License-Identifier: Apache-2.0
import Profiles
import Retraining
import Testing

/// Which version is the champion, from what jobs and the log say.
@Suite struct VersionTests {
  private func day(_ text: String) throws -> Instant { try #require(Instant(text)) }

  private func seen(_ name: String, _ first: String, _ last: String) throws -> VersionActivity {
    VersionActivity(name, first: try day(first), last: try day(last))
  }

  private func states(_ roster: VersionRoster) -> [String] {
    roster.versions.map { "\($0.name) \($0.state.rawValue)" }
  }

  @Test func `the first to score is the champion, and who scores beside it is a challenger`() throws
  {
    var roster = VersionRoster([])
    try roster.update(
      trained: [],
      log: [seen("v2", "2026-02-01", "2026-03-01"), seen("v1", "2026-01-01", "2026-03-01")],
      now: day("2026-03-01")
    )
    #expect(states(roster) == ["v1 champion", "v2 challenger"])
    #expect(roster.changed == ["v1", "v2"])
    // Nothing new, nothing changes.
    var again = VersionRoster(roster.versions)
    try again.update(
      trained: [],
      log: [seen("v1", "2026-01-01", "2026-03-02"), seen("v2", "2026-02-01", "2026-03-02")],
      now: day("2026-03-02")
    )
    #expect(again.changed.isEmpty)
  }

  @Test
  func
    `a version that a job names is registered, then in trial, and dropped where it never scores`()
    throws
  {
    let job = TrainedVersion(job: 4, madeAt: try day("2026-03-01"), name: "v2")
    var roster = VersionRoster([])
    let first = try seen("v1", "2026-01-01", "2026-03-01")
    roster.update(trained: [job], log: [first], now: try day("2026-03-01"))
    #expect(states(roster) == ["v2 registered", "v1 champion"])
    var used = roster
    try used.update(
      trained: [job],
      log: [seen("v1", "2026-01-01", "2026-03-10"), seen("v2", "2026-03-05", "2026-03-10")],
      now: day("2026-03-10")
    )
    let version = try #require(used.versions.first)
    #expect(version.state == .challenger && version.job == 4)
    #expect(version.firstScored == (try day("2026-03-05")))
    try roster.update(trained: [job], log: [first], now: day("2026-03-28"))
    #expect(roster.versions.first?.state == .registered)
    try roster.update(trained: [job], log: [first], now: day("2026-03-29"))
    #expect(roster.versions.first?.state == .rejected)
    #expect(roster.versions.first?.reason == "it did not score within 28d")
  }

  @Test func `a version that has passed the gate waits for a person, whatever its reason says`()
    throws
  {
    var champion = ModelVersion("v1", .champion, since: try day("2026-01-01"), reason: "")
    champion.firstScored = champion.since
    var roster = VersionRoster([
      champion,
      ModelVersion("v2", .challenger, since: try day("2026-02-01"), reason: "passed the gate: no"),
    ])
    let waiting = { (roster: VersionRoster) in
      roster.versions.filter { $0.state == .awaitingApproval }.map(\.name)
    }
    #expect(waiting(roster).isEmpty)
    let passed = try day("2026-03-01")
    roster.pass("v2", now: passed, reason: "better")
    #expect(waiting(roster) == ["v2"] && roster.changed == ["v2"])
    #expect(roster.versions.last?.reason == "passed the gate: better")
    #expect(roster.versions.last?.since == passed)
    // Scoring on beside the champion changes nothing.
    var later = VersionRoster(roster.versions)
    try later.update(
      trained: [],
      log: [seen("v1", "2026-01-01", "2026-03-02"), seen("v2", "2026-02-01", "2026-03-02")],
      now: day("2026-03-02")
    )
    #expect(later.changed.isEmpty)
    var rejected = later
    try rejected.reject("v2", now: day("2026-03-03"), reason: "no")
    #expect(rejected.versions.last?.state == .rejected)
    try later.promote("v2", now: day("2026-03-03"), reason: "yes")
    #expect(states(later) == ["v1 retired", "v2 champion"])
  }

  @Test func `who scores when the champion is silent has taken over, whatever was thought of it`()
    throws
  {
    for state in [ModelVersion.State.challenger, .rejected, .retired] {
      var roster = VersionRoster([
        ModelVersion("v1", .champion, since: try day("2026-01-01"), reason: ""),
        ModelVersion("v2", state, since: try day("2026-02-01"), job: 7, reason: ""),
      ])
      let early = [
        try seen("v1", "2026-01-01", "2026-03-01"), try seen("v2", "2026-02-01", "2026-03-07"),
      ]
      roster.update(trained: [], log: early, now: try day("2026-03-07"))
      #expect(roster.champion?.name == "v1", "six days are a pause")
      let late = [early[0], try seen("v2", "2026-02-01", "2026-03-08")]
      roster.update(trained: [], log: late, now: try day("2026-03-08"))
      #expect(roster.champion?.name == "v2" && roster.champion?.job == 7)
      #expect(roster.versions.first?.state == .retired)
    }
  }

  @Test func `a history of versions is recorded in order, and those that came and went are over`()
    throws
  {
    var roster = VersionRoster([])
    try roster.update(
      trained: [],
      log: [
        seen("v1", "2025-01-01", "2025-06-01"), seen("v2", "2025-06-01", "2025-12-01"),
        seen("try", "2025-07-01", "2025-08-01"), seen("v3", "2025-12-01", "2026-03-01"),
      ],
      now: day("2026-03-01")
    )
    #expect(roster.champion?.name == "v3")
    #expect(roster.versions.filter { $0.state == .retired }.map(\.name) == ["v1", "v2"])
    #expect(roster.versions.contains { $0.name == "try" && $0.state == .rejected })
  }

  @Test func `a trainer that names no version is credited with the next one that scores`() throws {
    let jobs = [
      TrainedVersion(job: 1, madeAt: try day("2026-01-05"), name: "old"),
      TrainedVersion(job: 2, madeAt: try day("2026-02-05"), name: nil),
    ]
    var roster = VersionRoster([
      ModelVersion("old", .champion, since: try day("2026-01-10"), job: 1, reason: "")
    ])
    let log = [
      try seen("old", "2026-01-06", "2026-03-01"), try seen("early", "2026-02-01", "2026-03-01"),
      try seen("new", "2026-02-10", "2026-03-01"), try seen("newer", "2026-02-20", "2026-03-01"),
    ]
    roster.update(trained: jobs, log: log, now: try day("2026-03-01"))
    let made = Dictionary(uniqueKeysWithValues: roster.versions.map { ($0.name, $0.job) })
    #expect(made["new"] == 2 && made["newer"] == .some(nil) && made["early"] == .some(nil))
  }

  @Test func `a version that scored before its job named it is the job's all the same`() throws {
    let job = TrainedVersion(job: 3, madeAt: try day("2026-02-01"), name: "new")
    var roster = VersionRoster([])
    let log = [
      try seen("old", "2026-01-06", "2026-03-01"), try seen("new", "2026-02-02", "2026-03-01"),
    ]
    roster.update(trained: [], log: log, now: try day("2026-03-01"))
    #expect(roster.versions.allSatisfy { $0.job == nil })
    roster.update(trained: [job], log: log, now: try day("2026-03-02"))
    #expect(roster.versions.map(\.job) == [nil, 3])
    // A name that was there before the job was made is not its doing.
    let again = TrainedVersion(job: 4, madeAt: try day("2026-02-20"), name: "old")
    roster.update(trained: [job, again], log: log, now: try day("2026-03-03"))
    #expect(roster.versions.map(\.job) == [nil, 3])
  }

  @Test func `people promote, reject and roll back what can be`() throws {
    var roster = VersionRoster([
      ModelVersion("v1", .champion, since: try day("2026-01-01"), reason: ""),
      ModelVersion("v2", .challenger, since: try day("2026-02-01"), reason: ""),
    ])
    let now = try day("2026-03-01")
    #expect(throws: VersionRoster.InvalidDecision.self) {
      try roster.promote("v1", now: now, reason: "")
    }
    #expect(throws: VersionRoster.InvalidDecision.self) {
      try roster.promote("v3", now: now, reason: "")
    }
    #expect(throws: VersionRoster.InvalidDecision.self) {
      try roster.reject("v1", now: now, reason: "")
    }
    #expect(throws: VersionRoster.InvalidDecision.self) {
      try roster.rollBack(now: now, reason: "")
    }
    try roster.promote("v2", now: now, reason: "better")
    #expect(states(roster) == ["v1 retired", "v2 champion"])
    #expect(try roster.rollBack(now: now, reason: "worse") == "v1")
    #expect(states(roster) == ["v1 champion", "v2 rejected"])
    #expect(roster.versions[1].reason == "rolled back: worse")
  }
}

/// When a challenger takes the champion's place.
@Suite struct GateTests {
  private func evidence(
    recall: (Double, Double) = (-0.01, 0.05),
    calibration: (Double, Double, Double) = (0.001, -0.004, 0.006),
    churners: Int = 200,
    segments: [(String, Double, Double)] = []
  ) throws -> TrialEvidence {
    let from = try #require(Instant("2026-03-01"))
    let to = try #require(Instant("2026-03-29"))
    var made = TrialEvidence(
      champion: "v1",
      challenger: "v2",
      range: try #require(TimeRange(from: from, to: to)),
      asOf: to,
      capacity: 0.1,
      confidence: PromotionGate().confidence
    )
    func around(_ lower: Double, _ upper: Double) -> TrialEvidence.Comparison {
      TrialEvidence.Comparison(
        champion: 0.3,
        challenger: 0.3 + (lower + upper) / 2,
        lower: lower,
        upper: upper
      )
    }
    made.churners = churners
    made.recall = around(recall.0, recall.1)
    made.calibration = TrialEvidence.Comparison(
      champion: 0,
      challenger: calibration.0,
      lower: calibration.1,
      upper: calibration.2
    )
    made.segments = segments.map {
      TrialEvidence.Segment(name: $0.0, churners: 30, recall: around($0.1, $0.2))
    }
    return made
  }

  private func kind(_ decision: PromotionGate.Decision) -> String {
    switch decision {
    case .promote: "promote"
    case .reject: "reject"
    case .extend: "extend"
    }
  }

  @Test func `each condition decides, and what is open is evaluated again, not without limit`()
    throws
  {
    let gate = PromotionGate()
    let cases: [(TrialEvidence, Int, String, String)] = [
      (try evidence(), 1, "promote", "its list finds 32.0 % of 200 churners"),
      (try evidence(recall: (-0.08, -0.01)), 1, "reject", "worse: its list"),
      (try evidence(recall: (-0.06, 0.03)), 1, "extend", "is not ruled out"),
      (try evidence(recall: (-0.06, 0.03)), 3, "reject", "after 3 evaluations it is not shown"),
      (try evidence(calibration: (0.04, 0.03, 0.05)), 1, "reject", "not calibrated"),
      (try evidence(calibration: (-0.04, -0.05, -0.03)), 1, "reject", "not calibrated"),
      (try evidence(calibration: (0.025, 0.015, 0.035)), 1, "extend", "+2.5 points"),
      (try evidence(churners: 49), 1, "extend", "49 customers left in its trial, 50 are needed"),
      (
        try evidence(segments: [("plan = new", -0.2, 0.1), ("plan = old", -0.3, -0.05)]), 1,
        "reject", "plan = old is harmed"
      ), (try evidence(segments: [("plan = new", -0.2, 0.1)]), 1, "promote", "difference"),
    ]
    for (evidence, number, expected, reason) in cases {
      let decision = gate.decide(evidence, evaluation: number)
      #expect(kind(decision) == expected, "\(reason): \(decision)")
      #expect(decision.reason.contains(reason), "\(decision.reason)")
    }
  }

  @Test func `evaluations share the chance of an error and reach ever further`() throws {
    let gate = PromotionGate()
    #expect(abs(gate.confidence - (1 - 0.05 / 3)) < 1e-12)
    let start = try #require(Instant("2026-03-01"))
    #expect(gate.range(of: 1, since: start)?.to == Instant("2026-03-29"))
    #expect(gate.range(of: 3, since: start)?.to == Instant("2026-05-24"))
  }
}

/// Who moves the champion's alias in a registry.
@Suite struct RegistryMoveTests {
  @Test func `what others move there is followed, and what we move is sent`() {
    func move(_ mark: (String?, String?)?, _ there: String?, _ ours: String?) -> RegistryMove {
      RegistryMove.move(
        mark.map { RegistryMove.LastSeen(there: $0.0, ours: $0.1) },
        there: there,
        ours: ours,
        known: ["v1", "v2"]
      )
    }
    #expect(move(nil, nil, "v1") == .push("v1"))
    #expect(move(nil, nil, nil) == .nothing)
    #expect(move(nil, "v1", "v1") == .nothing)
    // At the first reading the registry is right about what we know, and left alone about what we
    // do not.
    #expect(move(nil, "v2", "v1") == .follow("v2"))
    #expect(move(nil, "9", "v1") == .nothing)
    // It stays so until one of the two moves.
    #expect(move(("9", "v1"), "9", "v1") == .nothing)
    #expect(move(("9", "v1"), "9", "v2") == .push("v2"))
    #expect(move(("9", "v1"), "8", "v1") == .follow("8"))
    // Ours has moved since, and was not sent yet.
    #expect(move(("v1", "v1"), "v1", "v2") == .push("v2"))
    #expect(move(("v1", nil), "v1", "v2") == .push("v2"))
    // Theirs has moved since; where both have, theirs holds.
    #expect(move(("v1", "v1"), "v2", "v1") == .follow("v2"))
    #expect(move((nil, nil), "v2", "v1") == .follow("v2"))
    #expect(move(("9", "v1"), "v1", "v2") == .follow("v1"))
    // The alias was taken away: it is put back.
    #expect(move(("v1", "v1"), nil, "v1") == .push("v1"))
  }
}
