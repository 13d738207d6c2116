// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Checks
import CommandLineInterface
import Testing

@Suite struct ExitPolicyTests {
  private func finding(
    _ verdict: Verdict,
    _ severity: Severity? = nil,
    rule: String? = "Rule"
  ) -> Finding {
    Finding(
      reading: Reading(.psi, subject: "amount", value: 0.3, sample: Reading.Sample(current: 100)),
      rule: rule,
      threshold: nil,
      verdict: verdict,
      severity: severity,
      reason: ""
    )
  }

  private func status(
    _ findings: [Finding],
    alerts: [Severity]? = [],
    isDetailed: Bool = true
  ) -> ExitPolicy.Status {
    var policy = ExitPolicy()
    policy.add(findings: findings, alerts: alerts)
    return policy.status(isDetailed: isDetailed)
  }

  @Test func `the numbers are those that schedulers know`() {
    #expect(ExitPolicy.Status.allCases.map(\.rawValue) == [0, 10, 20, 64, 70, 75])
    #expect(ExitPolicy.Status.firing.code.rawValue == 10)
  }

  @Test func `an alert fires from severity warning on`() {
    #expect(status([], alerts: []) == .done)
    #expect(status([], alerts: [.info]) == .done)
    #expect(status([], alerts: [.info, .warning]) == .firing)
    #expect(status([], alerts: [.critical]) == .firing)
  }

  @Test func `alerts decide in the present, verdicts in the past`() {
    let drift = [finding(.drift, .warning)]
    #expect(status(drift, alerts: []) == .done)
    #expect(status(drift, alerts: nil) == .firing)
    #expect(status([finding(.drift, .info)], alerts: nil) == .done)
  }

  @Test(arguments: Verdict.allCases)
  func `what keeps a rule from judging is reported, but not labels that are still to come`(
    _ verdict: Verdict
  ) {
    let cannotEvaluate = [.inconclusive, .confounded, .noReference, .referenceLimited, .noData]
      .contains(verdict)
    #expect(status([finding(verdict)]) == (cannotEvaluate ? .cannotJudge : .done))
    #expect(status([finding(verdict, rule: nil)]) == .done)
  }

  @Test func `without windows or versions nothing can be judged`() {
    var policy = ExitPolicy()
    #expect(policy.status(isDetailed: true) == .done)
    policy.addUnevaluated()
    #expect(policy.status(isDetailed: true) == .cannotJudge)
  }

  @Test func `a failure goes before what fires, and that before what cannot be judged`() {
    var policy = ExitPolicy()
    policy.add(findings: [finding(.noData)], alerts: [])
    #expect(policy.status(isDetailed: true) == .cannotJudge)
    policy.add(findings: [], alerts: [.critical])
    #expect(policy.status(isDetailed: true) == .firing)
    policy.addLocked()
    #expect(policy.status(isDetailed: true) == .locked)
    #expect(policy.status(isDetailed: false) == .locked)
    policy.addFailure()
    #expect(policy.status(isDetailed: true) == .failed)
  }

  @Test func `verdicts count only when they are asked for, failures always`() {
    #expect(status([], alerts: [.critical], isDetailed: false) == .done)
    #expect(status([finding(.noData)], isDetailed: false) == .done)
    var policy = ExitPolicy()
    policy.addFailure()
    #expect(policy.status(isDetailed: false) == .failed)
  }
}
