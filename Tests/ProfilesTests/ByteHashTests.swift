// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics
import Testing

@Suite struct ByteHashTests {
  /// Stored binnings hold hashes: other values here would make them worthless.
  @Test func `hashes never change`() {
    let texts = [
      "", "a", "DSL", "north", "PRT", "12345678", "Month-to-month", "Electronic check 24",
    ]
    #expect(texts.map { ByteHash.of($0) } == Self.frozen)
    #expect(ByteHash.of(-0.0) == ByteHash.of(0.0))
  }

  private static let frozen: [UInt64] = [
    9_391_539_516_395_833_633, 4_774_675_727_983_646_614, 17_725_434_559_618_500_941,
    2_836_837_020_152_730_241, 5_472_405_889_630_115_614, 17_721_850_005_041_590_347,
    14_664_582_721_885_396_006, 638_013_773_315_619_260,
  ]

  @Test func `similar texts and numbers do not collide, and all bits are used`() {
    var seen: Set<UInt64> = []
    var ones = Array(repeating: 0, count: 64)
    var count = 0
    func add(_ hash: UInt64) {
      seen.insert(hash)
      count += 1
      for bit in 0..<64 where hash >> UInt64(bit) & 1 == 1 { ones[bit] += 1 }
    }
    for index in 0..<60_000 {
      add(ByteHash.of("customer-\(index)"))
      add(ByteHash.of(String(index)))
      add(ByteHash.of(Double(index)))
    }
    for length in 1..<40 { add(ByteHash.of(String(repeating: "x", count: length))) }
    #expect(seen.count == count)
    #expect(ones.allSatisfy { abs(Double($0) / Double(count) - 0.5) < 0.01 })
  }

  @Test func `the low bits, which choose a slot, are spread evenly`() {
    var slots = Array(repeating: 0, count: 256)
    for index in 0..<25_600 { slots[Int(ByteHash.of("level \(index)") & 255)] += 1 }
    // χ² with 255 degrees of freedom: 350 is beyond the 99.99th percentile.
    let statistic = slots.reduce(0.0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 }
    #expect(statistic < 350)
  }
}
