// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Testing

/// The JSON that is stored: names in it must not follow names in the code.
@Suite struct StoredFormTests {
  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  @Test func `a binning`() throws {
    let numbers =
      #"{"edges":[0.5,1.5],"groups":[0],"means":[1.25],"standardDeviation":0.25}"#
    let stored =
      #"{"features":[{"kind":{"numeric":{"_0":"# + numbers + #"}},"name":"amount"},"#
      + #"{"kind":{"category":{"_0":{"levels":["a"],"rareLevels":[7],"#
      + #""seen":{"once":1,"rows":9}}}},"name":"plan"},"#
      + #"{"kind":{"identifier":{"_0":{"known":[9],"overflowed":false,"reason":"many","#
      + #""seen":{"once":0,"rows":5}}}},"#
      + #""name":"agent"}],"score":"# + numbers
      + #","segments":[{"column":"region","levels":["North"]}]}"#
    let binning = try JSONDecoder().decode(Binning.self, from: Data(stored.utf8))
    #expect(binning.features.map(\.name) == ["amount", "plan", "agent"])
    #expect(binning.score.bin(of: 1.25) == binning.score.inner.lowerBound)
    #expect(binning.segmentNames == ["region=North", "region=(other)"])
    #expect(try Self.text(binning) == stored)
  }

  @Test func `sums of values out of range, by feature`() throws {
    let sums = [3: OutOfRangeSums(below: 0.5, above: 2.5)]
    let stored = #"{"3":{"above":2.5,"below":0.5}}"#
    #expect(try Self.text(sums) == stored)
    let read = try JSONDecoder().decode([Int: OutOfRangeSums].self, from: Data(stored.utf8))
    #expect(read == sums)
  }

  @Test func `pairs of predictions of one customer`() throws {
    var pairs = CustomerPairs(groupCount: 1)
    pairs.count([0: 1, 3: 2])
    let stored =
      #"{"customers":1,"pairs":[0,0,0,2,0,0,0,0,0,0,0,0,0,0,0,1],"rows":[1,0,0,2]}"#
    #expect(try Self.text(pairs) == stored)
    #expect(try JSONDecoder().decode(CustomerPairs.self, from: Data(stored.utf8)) == pairs)
  }
}
