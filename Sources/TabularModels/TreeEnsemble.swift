// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Boosted trees that vote on the log odds, as XGBoost writes them down.
///
/// T. Chen and C. Guestrin (2016).
package struct TreeEnsemble: Sendable, Hashable, Codable {
  /// A node of a tree; of a leaf only `value` counts.
  private struct Node: Sendable, Hashable, Codable {
    /// The input that it asks for; −1 for a leaf.
    var input: Int
    /// What a leaf adds, or the value below which `below` follows.
    var value: Float
    var below: Int
    var above: Int
    var missing: Int
  }

  private let trees: [[Node]]
  /// Log odds that the trees add to.
  private let start: Double

  /// A text that is no tree.
  package struct Malformed: Error, CustomStringConvertible {
    package let description: String
  }

  private struct Dump: Decodable {
    let nodeid: Int
    let leaf: Float?
    let split: String?
    let split_condition: Float?
    let yes: Int?
    let no: Int?
    let missing: Int?
    let children: [Dump]?
  }

  /// Reads trees as XGBoost dumps them in JSON, one text for each, with inputs named `f0`, `f1`, ….
  ///
  /// - Throws: `Malformed`.
  package init(dumps: [String], start: Double) throws {
    self.start = start
    trees = try dumps.map { text in
      let root = try JSONDecoder().decode(Dump.self, from: Data(text.utf8))
      var nodes: [Int: Node] = [:]
      try Self.gather(root, into: &nodes)
      guard nodes.keys.sorted() == Array(0..<nodes.count) else {
        throw Malformed(description: "the nodes of a tree are not numbered one after the other")
      }
      return nodes.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  private static func gather(_ dump: Dump, into nodes: inout [Int: Node]) throws {
    if let leaf = dump.leaf {
      nodes[dump.nodeid] = Node(input: -1, value: leaf, below: 0, above: 0, missing: 0)
      return
    }
    guard let split = dump.split, split.hasPrefix("f"), let input = Int(split.dropFirst()),
      let yes = dump.yes, let no = dump.no, let children = dump.children
    else {
      throw Malformed(description: "node \(dump.nodeid) is neither a leaf nor a split of 'fN'")
    }
    nodes[dump.nodeid] = Node(
      input: input,
      // An input that is 0 or 1 is split without a condition.
      value: dump.split_condition ?? 1,
      below: yes,
      above: no,
      missing: dump.missing ?? yes
    )
    for child in children { try gather(child, into: &nodes) }
  }

  /// Returns the probability of the positive class; inputs that are NaN are missing.
  ///
  /// - Complexity: O(trees · depth).
  package func probability(_ inputs: [Double]) -> Double {
    var sum = start
    for tree in trees {
      var place = 0
      while tree[place].input >= 0 {
        let node = tree[place]
        let value = Float(inputs[node.input])
        place = value.isNaN ? node.missing : value < node.value ? node.below : node.above
      }
      sum += Double(tree[place].value)
    }
    return 1 / (1 + exp(-sum))
  }
}
