// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Scan
import Statistics
import Testing

@Suite struct JSONFeatureTests {
  private static let layout = RowLayout(
    hasVersion: false,
    score: .float8,
    segments: [],
    features: [],
    isJSON: true
  )

  private static func messages(_ objects: [String?]) -> [[UInt8]] {
    objects.enumerated().map { index, object in
      CopyRow.header(isFirst: index == 0)
        + CopyRow.row([.timestamp(0), .double(0.5), object.map(Parameter.json) ?? .null])
    }
  }

  private static func scan(_ objects: [String?]) throws -> (Binning, FeatureProfile) {
    var reference = ReferenceScanner(layout: layout)
    for message in messages(objects) { try unsafe reference.scan(message.span.bytes) }
    let binning = reference.binning(ReferenceScanner.Choices(thresholds: [], identifiers: nil))
    var scanner = ProfileScanner(
      layout: layout,
      binning: binning,
      bucketEdges: [Instant(microseconds: 0), Instant(microseconds: 10)],
      constantVersion: "v"
    )
    for message in messages(objects) { try unsafe scanner.scan(message.span.bytes) }
    return (binning, try #require(scanner.finish().values.first?.first))
  }

  @Test func `members become features by their values`() throws {
    let objects: [String?] =
      (0..<40).map { index in
        #"{"calls": \#(index % 4), "plan": "p\#(index % 3)", "vip": \#(index % 2 == 0), "bill": -1.5e1}"#
      } + [#"{"calls": null, "note": {"a": [1, "}"]}}"#, nil]
    let (binning, profile) = try Self.scan(objects)
    #expect(binning.features.map(\.name) == ["bill", "calls", "note", "plan", "vip"])
    #expect(
      binning.features.map(\.kind.name) == [.numeric, .numeric, .category, .category, .category]
    )
    let offsets = binning.offsets
    #expect(profile.rows == 42)
    #expect(profile.feature(1, of: binning, offsets: offsets).missing == 2)
    #expect(profile.feature(3, of: binning, offsets: offsets).missing == 2)
    guard case .numeric(let bills) = binning.features[0].kind else { return }
    #expect(bills.means == [-15])
  }

  @Test(arguments: [
    ("0", 0), ("-0.5", -0.5), ("123456789012345678", 123_456_789_012_345_680),
    ("1e3", 1000), ("2.5E-3", 0.0025), ("0.1", 0.1), ("179.99", 179.99),
    ("3.141592653589793238", 3.141592653589793),
  ])
  func `numbers are read to the last bit`(_ text: String, _ value: Double) throws {
    let (binning, _) = try Self.scan([#"{"x": \#(text)}"#])
    guard case .numeric(let bins) = binning.features[0].kind else {
      Issue.record("not numeric")
      return
    }
    #expect(bins.edges.first == value)
  }

  @Test(arguments: ["[1]", "7", "\"x\""])
  func `what is no object counts as missing`(_ text: String) throws {
    let (binning, profile) = try Self.scan([#"{"a": 1}"#, text])
    #expect(profile.feature(0, of: binning, offsets: binning.offsets).missing == 1)
  }

  @Test func `hostile JSON is no crash`() {
    let base = Array(#"{"calls": 12, "plan": "a\"b", "vip": true, "n": {"m": [1,2]}}"#.utf8)
    var random = SplitMix64(seed: 10)
    for _ in 0..<20_000 {
      var damaged = base
      for _ in 0...Int(random.next() % 3) {
        damaged[Int(random.next() % UInt64(damaged.count))] = UInt8(32 + random.next() % 96)
      }
      let text = String(
        decoding: damaged.prefix(Int(random.next() % UInt64(base.count + 1))),
        as: UTF8.self
      )
      _ = try? Self.scan([text])
    }
  }
}
