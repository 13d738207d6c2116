// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Scan
import Statistics
import Testing

/// Streams made by hand, as a server would send them.
enum Stream {
  static let layout = RowLayout(
    hasVersion: true,
    score: .float8,
    segments: ["region"],
    features: [
      .init(name: "amount", type: .float8), .init(name: "calls", type: .int32),
      .init(name: "plan", type: .text), .init(name: "active", type: .bool),
    ],
    isJSON: false
  )

  struct Row: Sendable {
    var time: Int64
    var version: String? = "v1"
    var score: Double? = 0.5
    var region: String? = "north"
    var amount: Double? = 1
    var calls: Int? = 2
    var plan: String? = "basic"
    var active: Bool? = true
  }

  static func bytes(_ row: Row) -> [UInt8] {
    CopyRow.row([
      .timestamp(row.time), .optional(row.version), .optional(row.score), .optional(row.region),
      .optional(row.amount), row.calls.map(Parameter.int32) ?? .null, .optional(row.plan),
      row.active.map(Parameter.bool) ?? .null,
    ])
  }

  /// The same with the numbers four at a time: score, amount, calls and nothing.
  static func packedBytes(_ row: Row) -> [UInt8] {
    let numbers = [row.score, row.amount, row.calls.map(Double.init)]
    func big(_ value: Double) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (56 - 8 * $0)) }
    }
    func big(_ value: Int32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
    let known = numbers.compactMap { $0 }
    let isWhole = known.count == numbers.count
    var array = big(Int32(1)) + big(Int32(1)) + big(Int32(701)) + big(Int32(3)) + big(Int32(1))
    for number in numbers { array += number.map { big(Int32(8)) + big($0) } ?? big(Int32(-1)) }
    return CopyRow.row([
      .timestamp(row.time), .optional(row.version), .optional(row.region),
      isWhole ? .bytes((known + [0]).flatMap { big($0) }) : .null, isWhole ? .null : .bytes(array),
      .optional(row.plan), row.active.map(Parameter.bool) ?? .null,
    ])
  }

  /// Messages as the server sends them: the header with the first row, the trailer alone.
  static func messages(_ rows: [Row], isPacked: Bool = false) -> [[UInt8]] {
    rows.enumerated().map {
      CopyRow.header(isFirst: $0 == 0) + (isPacked ? packedBytes($1) : bytes($1))
    }
      + [CopyRow.trailer(isFirst: rows.isEmpty)]
  }

  static let day: Int64 = 86_400_000_000

  static func random(_ count: Int, seed: UInt64) -> [Row] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      Row(
        time: Int64(random.uniform() * 10) * day + Int64(random.uniform() * 1e9),
        version: random.chance(0.3) ? "v2" : random.chance(0.02) ? nil : "v1",
        score: random.chance(0.01) ? nil : random.uniform(),
        region: random.chance(0.1) ? nil : random.chance(0.5) ? "north" : "south",
        amount: random.chance(0.02) ? .nan : random.chance(0.02) ? .infinity : random.normal() * 3,
        calls: random.chance(0.05) ? nil : Int(random.next() % 7),
        plan: random.chance(0.5) ? "basic" : "plan-\(random.next() % 9)",
        active: random.chance(0.5)
      )
    }
  }
}

@Suite struct ScannerTests {
  static func reference(_ rows: [Stream.Row], identifiers: [String]? = nil) throws -> Binning {
    var scanner = ReferenceScanner(layout: Stream.layout)
    for message in Stream.messages(rows) { try unsafe scanner.scan(message.span.bytes) }
    return scanner.binning(ReferenceScanner.Choices(thresholds: [0.5], identifiers: identifiers))
  }

  static func profiles(
    _ rows: [Stream.Row],
    _ binning: Binning,
    memoryLimit: Int = 1 << 20,
    isPacked: Bool = false
  ) throws -> [BucketKey: [FeatureProfile]] {
    var layout = Stream.layout
    if isPacked { layout.pack() }
    var scanner = ProfileScanner(
      layout: layout,
      binning: binning,
      bucketEdges: (0...10).map { Instant(microseconds: Int64($0) * Stream.day) },
      constantVersion: ProfileScanner.missingVersion,
      memoryLimit: memoryLimit
    )
    for message in Stream.messages(rows, isPacked: isPacked) {
      try unsafe scanner.scan(message.span.bytes)
    }
    return scanner.finish()
  }

  @Test func `every row is counted once for each feature and each of its segments`() throws {
    let rows = Stream.random(4000, seed: 1)
    let binning = try Self.reference(rows)
    let profiles = try Self.profiles(rows, binning)
    let offsets = binning.offsets
    var total = 0
    for (_, targets) in profiles {
      let all = targets[0]
      total += all.rows
      for index in 0...binning.features.count {
        #expect(all.feature(index, of: binning, offsets: offsets).rows == all.rows)
      }
      #expect(targets.dropFirst().reduce(0) { $0 + $1.rows } == all.rows)
    }
    #expect(total == rows.count)
  }

  @Test func `counts are those of counting by hand`() throws {
    let rows = Stream.random(3000, seed: 2)
    let binning = try Self.reference(rows)
    let profiles = try Self.profiles(rows, binning)
    let offsets = binning.offsets
    for (key, targets) in profiles {
      let mine = rows.filter {
        ($0.version ?? ProfileScanner.missingVersion) == key.version
          && Int($0.time / Stream.day) == key.bucket
      }
      #expect(targets[0].rows == mine.count)
      guard case .numeric(let amounts) = binning.features[0].kind,
        case .category(let plans) = binning.features[2].kind
      else {
        Issue.record("the features are taken for something else")
        return
      }
      var expected = Array(repeating: 0, count: amounts.binCount)
      for row in mine { expected[row.amount.map { amounts.bin(of: $0) } ?? 0] += 1 }
      #expect(targets[0].feature(0, of: binning, offsets: offsets).counts == expected)
      let basic = targets[0].feature(2, of: binning, offsets: offsets).counts[
        (plans.levels.firstIndex(of: "basic") ?? -1) + 1
      ]
      #expect(basic == mine.count { $0.plan == "basic" })
    }
  }

  @Test func `the profile of two streams is the merge of their profiles, in any order`() throws {
    let rows = Stream.random(3000, seed: 3)
    let binning = try Self.reference(rows)
    let whole = try Self.profiles(rows.reversed(), binning)
    let first = try Self.profiles(Array(rows[..<1100]), binning)
    let second = try Self.profiles(Array(rows[1100...]), binning)
    var merged = first
    merged.merge(second) {
      zip($0, $1).map { pair in
        var sum = pair.0
        sum.merge(pair.1)
        return sum
      }
    }
    #expect(merged.mapValues { $0.map(\.counts) } == whole.mapValues { $0.map(\.counts) })
    #expect(merged.mapValues { $0.map(\.rows) } == whole.mapValues { $0.map(\.rows) })
  }

  @Test func `packing when memory is short changes nothing`() throws {
    let rows = Stream.random(3000, seed: 4)
    let binning = try Self.reference(rows)
    #expect(try Self.profiles(rows, binning) == Self.profiles(rows, binning, memoryLimit: 1))
  }

  /// Numbers that travel together are counted in blocks, those with a NULL beside them at once.
  @Test(arguments: [1, 1 << 14, 1 << 20])
  func `numbers that travel four at a time are counted like others`(memoryLimit: Int) throws {
    let rows = Stream.random(3000, seed: 6)
    let binning = try Self.reference(Array(rows[..<1500]))
    let alone = try Self.profiles(rows, binning)
    let packed = try Self.profiles(rows, binning, memoryLimit: memoryLimit, isPacked: true)
    #expect(packed.mapValues { $0.map(\.counts) } == alone.mapValues { $0.map(\.counts) })
    for (key, targets) in packed {
      for (mine, other) in zip(targets, try #require(alone[key])) {
        #expect(mine.outOfRangeSums.keys == other.outOfRangeSums.keys)
        for (feature, sums) in mine.outOfRangeSums {
          let known = try #require(other.outOfRangeSums[feature])
          #expect(abs(sums.above - known.above) < 1e-9 && abs(sums.below - known.below) < 1e-9)
        }
      }
    }
    #expect(packed.values.joined().contains { !$0.outOfRangeSums.isEmpty })
  }

  @Test func `rows outside the buckets are passed over`() throws {
    let rows = Stream.random(50, seed: 7)
    let binning = try Self.reference(rows)
    let odd: [Stream.Row] = [
      .init(time: -5), .init(time: 11 * Stream.day), .init(time: .max),
      .init(time: .min + 946_684_800_000_000),
    ]
    for isPacked in [false, true] {
      let with = try Self.profiles(odd + rows + odd, binning, isPacked: isPacked)
      #expect(with == (try Self.profiles(rows, binning, isPacked: isPacked)))
    }
  }

  @Test func `values outside the reference's range are summed`() throws {
    let inside = (0..<100).map { Stream.Row(time: 0, amount: Double($0)) }
    let binning = try Self.reference(inside)
    let rows = [
      Stream.Row(time: 0, amount: -5), .init(time: 0, amount: 1000), .init(time: 0, amount: 2000),
    ]
    let profile = try #require(Self.profiles(rows, binning).values.first?.first)
    #expect(profile.outOfRangeSums[0] == OutOfRangeSums(below: -5, above: 3000))
  }

  @Test func `the binning does not depend on the order of rows`() throws {
    let rows = Stream.random(5000, seed: 5)
    #expect(try Self.reference(rows) == Self.reference(rows.reversed()))
  }

  @Test func `a large reference is sampled the same way in any order`() throws {
    var random = SplitMix64(seed: 12)
    let rows = (0..<(ReferenceScanner.sampleLimit + 20_000)).map { index in
      Stream.Row(time: Int64(index), amount: random.normal())
    }
    let forward = try Self.reference(rows)
    #expect(try forward == Self.reference(rows.reversed()))
    guard case .numeric(let binning) = forward.features[0].kind else {
      Issue.record("not numeric")
      return
    }
    #expect(binning.groupCount == 10)
  }

  @Test func `a declared identifier is one`() throws {
    let rows = Stream.random(500, seed: 6)
    let binning = try Self.reference(rows, identifiers: ["plan"])
    guard case .identifier = binning.features[2].kind else {
      Issue.record("not an identifier")
      return
    }
  }

  @Test func `truncated and foreign streams are errors, not crashes`() throws {
    let rows = Stream.random(20, seed: 7)
    let binning = try Self.reference(rows)
    let message = Stream.messages(Array(rows.prefix(1)))[0]
    for length in 0..<message.count {
      var scanner = ProfileScanner(
        layout: Stream.layout,
        binning: binning,
        bucketEdges: [Instant(microseconds: 0), Instant(microseconds: .max)],
        constantVersion: "-"
      )
      let part = Array(message.prefix(length))
      // A bare header is a whole stream of no rows; everything else is cut off.
      if length == 19 { continue }
      #expect(throws: ScanError.self, "\(length)") { try unsafe scanner.scan(part.span.bytes) }
    }
  }

  @Test func `hostile bytes are errors, not crashes`() throws {
    let rows = Stream.random(20, seed: 7)
    let binning = try Self.reference(rows)
    let message = Stream.messages(Array(rows.prefix(1)))[0]
    var random = SplitMix64(seed: 9)
    for _ in 0..<20_000 {
      var damaged = message
      for _ in 0...Int(random.next() % 4) {
        damaged[Int(random.next() % UInt64(damaged.count))] = UInt8(
          truncatingIfNeeded: random.next()
        )
      }
      var scanner = ProfileScanner(
        layout: Stream.layout,
        binning: binning,
        bucketEdges: [Instant(microseconds: 0), Instant(microseconds: .max)],
        constantVersion: "-"
      )
      try? unsafe scanner.scan(damaged.span.bytes)
      var sampler = ReferenceScanner(layout: Stream.layout)
      try? unsafe sampler.scan(damaged.span.bytes)
    }
  }
}
