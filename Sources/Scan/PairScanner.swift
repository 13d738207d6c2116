// SPDX-License-Identifier: Apache-2.0

/// Gathers final labels with the scores of two versions.
///
/// A row is: the champion's score and the challenger's (float8, NULL where it did not score), label
/// (boolean), the customer's hash (int8), and the values of segments (text). Memory: 25 bytes a
/// row, 4 more for each segment.
package struct PairScanner: Sendable {
  /// Rows of one kind, side by side.
  package struct Rows: Sendable {
    package var labels: [Bool] = []
    package var champion: [Double] = []
    package var challenger: [Double] = []
    /// A number for each customer.
    package var customers: [UInt32] = []
    /// For each segment a number of its value, by which `PairScanner.levels` knows it.
    package var levels: [[UInt32]] = []
  }

  private var framing = CopyFraming()
  /// Scored by both, by the champion alone, and by the challenger alone.
  package private(set) var both = Rows()
  package private(set) var championOnly = Rows()
  package private(set) var challengerOnly = Rows()
  private var last: Int64?
  private var customer: UInt32 = 0
  /// Rows read.
  package private(set) var rows = 0

  /// The values of each segment, in order of their numbers.
  package private(set) var levels: [[String]]
  private var known: [[String: UInt32]]
  private var present: [UInt32]

  /// - `segments`: How many there are.
  package init(segments: Int = 0) {
    levels = Array(repeating: [], count: segments)
    known = Array(repeating: [:], count: segments)
    present = Array(repeating: 0, count: segments)
    let none = Array(repeating: [UInt32](), count: segments)
    (both.levels, championOnly.levels, challengerOnly.levels) = (none, none, none)
  }

  /// Takes up the rows of one message of a binary COPY.
  package mutating func scan(_ message: RawSpan) throws(ScanError) {
    var cursor = FieldCursor(offset: try framing.start(of: message))
    while try CopyFraming.hasRow(message, at: cursor.offset, columns: 4 + levels.count) {
      cursor.offset += 2
      let champion = try cursor.scalar(.float8, in: message, column: 0)
      let challenger = try cursor.scalar(.float8, in: message, column: 1)
      let label = try cursor.scalar(.bool, in: message, column: 2)
      let length = try cursor.length(in: message)
      guard length == 8 else { throw .fieldLength(column: 3, length: length) }
      let hash = message.int64(at: cursor.offset)
      cursor.offset &+= 8
      for segment in levels.indices {
        switch try cursor.scalar(.text, in: message, column: 4 + segment) {
        case .text(let start, let length):
          present[segment] = level(segment, String(message, at: start, length: length))
        default: present[segment] = level(segment, "null")
        }
      }
      rows += 1
      // Rows come in order of the customer.
      if last.map({ $0 != hash }) ?? false { customer += 1 }
      last = hash
      guard case .flag(let isChurner) = label else { continue }
      switch (champion, challenger) {
      case (.number(let first), .number(let second)):
        both.add(
          label: isChurner,
          first: first,
          second: second,
          customer: customer,
          values: present
        )
      case (.number(let first), _):
        championOnly.add(
          label: isChurner,
          first: first,
          second: 0,
          customer: customer,
          values: present
        )
      case (_, .number(let second)):
        challengerOnly.add(
          label: isChurner,
          first: 0,
          second: second,
          customer: customer,
          values: present
        )
      default: break
      }
    }
  }
}

extension PairScanner {
  private mutating func level(_ segment: Int, _ text: String) -> UInt32 {
    if let number = known[segment][text] { return number }
    let number = UInt32(levels[segment].count)
    known[segment][text] = number
    levels[segment].append(text)
    return number
  }
}

extension PairScanner.Rows {
  /// Those with one value of a segment, by its number; all where nil.
  package func rows(in level: (segment: Int, value: UInt32)?) -> PairScanner.Rows {
    guard let level else { return self }
    var rows = PairScanner.Rows()
    for index in labels.indices where levels[level.segment][index] == level.value {
      rows.add(
        label: labels[index],
        first: champion[index],
        second: challenger[index],
        customer: customers[index],
        values: []
      )
    }
    return rows
  }

  fileprivate mutating func add(
    label: Bool,
    first: Double,
    second: Double,
    customer: UInt32,
    values: [UInt32]
  ) {
    labels.append(label)
    champion.append(first)
    challenger.append(second)
    customers.append(customer)
    for (segment, value) in values.enumerated() { levels[segment].append(value) }
  }
}

extension PairScanner: RowScanner {}
