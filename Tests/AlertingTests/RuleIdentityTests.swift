// SPDX-License-Identifier: Apache-2.0
import Alerting
import Profiles
import Testing
import Settings

@Suite struct RuleIdentityTests {
  private func rules(_ text: String, file: String = "r.yaml") throws -> [Rule] {
    let reading = YAMLReading()
    let rules = RuleFile.rules(text: text, file: file, reading: reading)
    try reading.throwIfAny()
    return rules
  }

  private static let plain = """
    groups:
      - name: g
        rules:
          - alert: A
            when: { check: psi, above: 0.25 }
            severity: warning
    """

  private static let full = """
    groups:
      - name: g
        rules:
          - alert: A
            when: { check: recall, subject: [a, b], segment: "region=*", window: 28d, drop: 10%,
              resolve_within: 5%, min_sample: 100 }
            severity: critical
            summary: fell, to {{value}}; was {{reference}}
            for: 2 of 3 windows
            keep_firing_for: 1d
            no_data: fire
            inhibited_by: [B]
            then: [retrain, notify]
            labels: { team: risk, area: eu }
            annotations: { runbook: "http://x" }
          - alert: B
            when: { check: psi, above: 0.25 }
            severity: info
            for: 2d
    """

  @Test func `a rule has this text`() throws {
    let plain = try #require(rules(Self.plain).first)
    #expect(
      plain.identity.text
        == #"v1;name=A;check=psi;subjects;segment;window;test=above,0.25,;resolution;alpha;"#
        + #"min_sample=0;severity=warning;summary;for=windows,1,1,;keep_firing_for=0us;no_data=keep;"#
        + #"inhibited_by=;then;labels=;annotations="#
    )
    let full = try rules(Self.full)
    #expect(
      full.first?.identity.text
        == #"v1;name=A;check=recall;subjects=a,b,;segment=region=*;window=28d;"#
        + #"test=drop,relative\\,0.1\\,,;resolution=drop,relative\\,0.05\\,,;alpha;min_sample=100;"#
        + #"severity=critical;summary=fell, to {{value}}\; was {{reference}};for=windows,2,3,;"#
        + #"keep_firing_for=86400000000us;no_data=fire;inhibited_by=B,;then=notify,retrain,;"#
        + #"labels=area\\,eu\\,,team\\,risk\\,,;annotations=runbook\\,http://x\\,,"#
    )
    #expect(full.last?.identity.text.contains(";for=duration,172800000000us,;") == true)
  }

  @Test func `where a rule stands is no part of its identity`() throws {
    let first = try rules(Self.full).map(\.identity)
    let moved = try rules("\n\n# a comment\n" + Self.full, file: "other.yaml").map(\.identity)
    #expect(first == moved)
    let renamed = Self.full.replacing("name: g", with: "name: other")
    #expect(try rules(renamed).map(\.identity) == first)
  }

  @Test(arguments: [
    ("above: 0.25", "above: 0.3"), ("severity: warning", "severity: info"),
    ("alert: A", "alert: B"), ("psi", "ks"),
    ("severity: warning", "severity: warning\n        then: []"),
  ])
  func `what a rule says is its identity`(_ old: String, _ new: String) throws {
    let changed = try rules(Self.plain.replacing(old, with: new)).map(\.identity)
    #expect(changed.count == 1)
    #expect(try changed != rules(Self.plain).map(\.identity))
  }
}
