// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics
import Testing

@Suite struct ProfileTests {
  @Test func `counts survive being stored`() throws {
    var random = SplitMix64(seed: 2)
    for length in [0, 1, 2, 50, 5000] {
      let values = (0..<length).map { _ in
        random.chance(0.7) ? 0 : Int(truncatingIfNeeded: random.next() >> (random.next() % 60))
      }
      let bytes = CountCoding.encode(values)
      #expect(try CountCoding.decode(bytes, count: length) == values)
    }
    #expect(
      try CountCoding.decode(CountCoding.encode([.max, .min, 0, -1]), count: 4) == [
        .max, .min, 0, -1,
      ]
    )
  }

  @Test func `damaged bytes are an error, never a crash`() {
    let bytes = CountCoding.encode([1, 0, 0, 500, 3])
    #expect(throws: CountCoding.Fault.self) { try CountCoding.decode([], count: 5) }
    #expect(throws: CountCoding.Fault.self) { try CountCoding.decode([9] + bytes, count: 5) }
    #expect(throws: CountCoding.Fault.self) { try CountCoding.decode(bytes, count: 4) }
    #expect(throws: CountCoding.Fault.self) { try CountCoding.decode(bytes, count: 6) }
    var random = SplitMix64(seed: 8)
    for _ in 0..<20_000 {
      let noise =
        [1] + (0..<Int(random.next() % 12)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      _ = try? CountCoding.decode(noise, count: 8)
    }
  }

  @Test func `label sums are exact in any order`() {
    var random = SplitMix64(seed: 6)
    let rows = (0..<3000).map { _ in
      (score: random.uniform(), label: random.chance(0.3), flag: random.chance(0.5))
    }
    func profile(_ rows: [(score: Double, label: Bool, flag: Bool)]) -> LabelProfile {
      var profile = LabelProfile(binCount: 12)
      for row in rows {
        profile.count(
          ScoredPrediction(
            score: row.score,
            bin: Int(row.score * 12),
            isFlagged: row.flag,
            logLoss: -row.score
          ),
          label: row.label,
          isFinal: true
        )
      }
      return profile
    }
    let whole = profile(rows)
    var merged = profile(Array(rows[1000...].reversed()))
    merged.merge(profile(Array(rows[..<1000])))
    #expect(whole == merged)
    #expect(whole.labelled == 3000)
    #expect(whole.isMature)
  }
}
