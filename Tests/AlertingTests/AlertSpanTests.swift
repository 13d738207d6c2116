// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Testing

/// When an alert fired, over windows of several lengths.
@Suite struct AlertSpanTests {
  private static func span(
    _ from: Int,
    _ until: Int?,
    rule: String = "RecallDrop",
    _ severity: Severity = .warning
  ) -> AlertSpan {
    func day(_ number: Int) -> Instant {
      Instant(microseconds: Int64(number) * FixedDuration.day.microseconds)
    }
    return AlertSpan(
      version: "v1",
      rule: rule,
      subject: "score",
      severity: severity,
      from: day(from),
      until: until.map(day)
    )
  }

  @Test func `spans that overlap are one, others are not`() {
    let joined = AlertSpan.joined([
      Self.span(20, 30), Self.span(0, 5), Self.span(3, 9, .critical), Self.span(4, 6),
      Self.span(25, nil), Self.span(40, 41), Self.span(1, 2, rule: "RankingDrop"),
    ])
    #expect(
      joined == [
        Self.span(0, 9, .critical), Self.span(1, 2, rule: "RankingDrop"), Self.span(20, nil),
      ]
    )
  }
}
