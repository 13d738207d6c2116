// SPDX-License-Identifier: Apache-2.0
import Alerting
import Profiles
import Settings
import Testing

@Suite struct RuleWindowsTests {
  private static func rules() throws -> [Rule] {
    let reading = YAMLReading()
    let rules = RuleFile.rules(
      text: """
        groups:
          - name: g
            rules:
              - { alert: Drift, when: { check: psi, above: 0.1 }, severity: warning }
              - { alert: Feed, when: { check: label-feed, below: 0.5 }, severity: warning }
              - { alert: Recall, when: { check: recall, drop: 0.05 }, severity: critical }
              - { alert: Decay, when: { check: recall-decay, drop: 0.05 }, severity: critical }
              - { alert: Weekly, when: { check: auc, window: 7d, drop: 0.05 }, severity: warning }
        """,
      file: "rules.yaml",
      reading: reading
    )
    try reading.throwIfAny()
    return rules
  }

  @Test func `rules on performance evaluate the longest window, detectors the shortest`() throws {
    let kinds = [WindowSpec.sliding(days: 1), .sliding(days: 28), .sliding(days: 7)]
    let assigned = try Self.rules().assigned(to: kinds)
    #expect(
      assigned.map(\.condition.window) == [
        nil, nil, .sliding(days: 28), .sliding(days: 1), .sliding(days: 7),
      ]
    )
    let single = try Self.rules().assigned(to: [.month])
    #expect(single.map(\.condition.window) == [nil, nil, nil, nil, .sliding(days: 7)])
  }
}
