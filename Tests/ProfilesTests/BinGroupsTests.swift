// SPDX-License-Identifier: Apache-2.0
import Profiles
import Testing

/// Bins gathered into groups, and their names.
@Suite struct BinGroupsTests {
  private func numeric(_ values: [Double]) -> FeatureKind {
    let range =
      values.isEmpty
      ? nil : values.reduce(values[0]) { min($0, $1) }...values.reduce(values[0]) { max($0, $1) }
    return .numeric(NumericBinningBuilder().binning(of: values, range: range))
  }

  @Test func `every bin of every kind has a group with a name`() {
    let kinds: [FeatureKind] = [
      numeric([]), numeric([4]),
      numeric(Array(repeating: 0, count: 500) + (0..<500).map(Double.init)),
      numeric((0..<5000).map { Double($0) / 7 }),
      .category(CategoryBinning(levels: ["a", "b"], rareLevels: [])),
      .category(CategoryBinning(levels: [], rareLevels: [])),
      .identifier(IdentifierBinning(known: [], overflowed: false, reason: "")),
    ]
    for kind in kinds {
      let groups = kind.binGroups
      #expect(groups.count == kind.binCount)
      #expect(groups.allSatisfy { (0..<kind.groupCount).contains($0) })
      let names = (0..<kind.groupCount).map { kind.label(ofGroup: $0) }
      #expect(names.allSatisfy { !$0.isEmpty })
      #expect(groups[0] == 0 && names[0] == "(missing)")
    }
  }

  @Test func `groups of numbers are named by their borders`() {
    let kind = numeric(Array(repeating: 0, count: 500) + (1...500).map(Double.init))
    let names = Set((2..<kind.groupCount).map { kind.label(ofGroup: $0) })
    #expect(names.contains("0"))
    #expect(
      names.contains { $0.hasPrefix("above 0 to ") } || names.contains { $0.hasPrefix("1 to ") }
    )
    #expect(names.contains { $0.hasSuffix(" and more") })
  }
}
