// SPDX-License-Identifier: Apache-2.0
import Profiles
import Testing

@Suite struct StoredIdentityTests {
  @Test func `an identity is its version and its fields in order`() throws {
    let from = Instant(microseconds: 0)
    let range = try #require(TimeRange(from: from, to: Instant(microseconds: 86_400_000_000)))
    let identity = StoredIdentity(
      version: 3,
      [
        "b": .text("x"), "a": .integer(-7), "share": .number(0.05), "whole": .number(5),
        "length": .duration(FixedDuration(days: 2)), "at": .instant(from), "range": .range(range),
        "windows": .list([.window(.sliding(days: 28)), .window(.week), .window(.month)]),
        "inner": .identity(StoredIdentity(version: 1, ["k": .text("v"), "n": .text(nil)])),
      ]
    )
    #expect(
      identity.text
        == #"v3;b=x;a=-7;share=0.05;whole=5.0;length=172800000000us;at=0us;range=0us,86400000000us,;"#
        + #"windows=28d,1w,1mo,;inner=v1\;k=v\;n"#
    )
  }

  @Test func `different values never give one text`() {
    func one(_ value: StoredIdentity.Value) -> String {
      StoredIdentity(version: 1, ["k": value]).text
    }
    func two(_ first: String?, _ second: String?) -> String {
      StoredIdentity(version: 1, ["k": .text(first), "l": .text(second)]).text
    }
    let texts = [
      one(.text(nil)), one(.text("")), one(.list(nil)), one(.list([])), one(.list([.text("")])),
      one(.list([.text(nil)])), one(.list([.text("\\-")])), one(.list([.text("-")])),
      one(.list([.text("a"), .text("b")])), one(.list([.text("a,b")])),
      one(.list([.text("a\\"), .text("b")])), one(.list([.list([.text("a"), .text("b")])])),
      one(.list([.list([.text("a")]), .list([.text("b")])])), one(.text("a\\,b")),
      one(.text("x;l=y")), one(.text("x\\;l=y")), one(.text("x\\")), two("x", "y"),
      two("x\\", "y"), two("x;l=y", nil), two("x", nil), two(nil, "x"), two("", "x"),
      two("x=", "y"), two("x", "=y"),
    ]
    // A list that is not there is a value that is not there, and an empty list is an empty text.
    let same = [one(.text(nil)) == one(.list(nil)), one(.text("")) == one(.list([]))]
    #expect(same == [true, true])
    #expect(Set(texts).count == texts.count - 2)
  }

  @Test func `what customers' pairs are counted from has this text`() throws {
    let start = try #require(Instant("2026-01-01T00:00:00Z"))
    let range = try #require(
      TimeRange(from: start, to: start.advanced(by: FixedDuration(days: 28)))
    )
    let identity = CustomerPairs.identity(
      of: [range],
      windows: [.sliding(days: 7), .month],
      labelAge: FixedDuration(days: 30)
    )
    #expect(
      identity.text
        == #"v1;ranges=1767225600000000us\\,1769644800000000us\\,,;windows=7d,1mo,;"#
        + "label_age=2592000000000us"
    )
  }
}
