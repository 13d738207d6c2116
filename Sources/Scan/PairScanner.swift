// SPDX-License-Identifier: Apache-2.0

/// Gathers final labels with the scores of two versions.
///
/// A row is: the champion's score and the challenger's (float8, NULL where it did not score), label (boolean),
/// the customer's hash (int8). Memory: 25 bytes a row.
package struct PairScanner: Sendable {
  /// Rows of one kind, side by side.
  package struct Rows: Sendable {
    package var labels: [Bool] = []
    package var champion: [Double] = []
    package var challenger: [Double] = []
    /// A number for each customer.
    package var customers: [UInt32] = []
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

  package init() {}

  /// Takes up the rows of one message of a binary COPY.
  package mutating func scan(_ message: RawSpan) throws(ScanError) {
    var cursor = FieldCursor(offset: try framing.start(of: message))
    while try CopyFraming.hasRow(message, at: cursor.offset, columns: 4) {
      cursor.offset += 2
      let champion = try cursor.scalar(.float8, in: message, column: 0)
      let challenger = try cursor.scalar(.float8, in: message, column: 1)
      let label = try cursor.scalar(.bool, in: message, column: 2)
      let length = try cursor.length(in: message)
      guard length == 8 else { throw .fieldLength(column: 3, length: length) }
      let hash = message.int64(at: cursor.offset)
      cursor.offset &+= 8
      rows += 1
      // Rows come in order of the customer.
      if last.map({ $0 != hash }) ?? false { customer += 1 }
      last = hash
      guard case .flag(let isChurner) = label else { continue }
      switch (champion, challenger) {
      case (.number(let first), .number(let second)): both.add(isChurner, first, second, customer)
      case (.number(let first), _): championOnly.add(isChurner, first, 0, customer)
      case (_, .number(let second)): challengerOnly.add(isChurner, 0, second, customer)
      default: break
      }
    }
  }
}

extension PairScanner.Rows {
  fileprivate mutating func add(
    _ label: Bool,
    _ first: Double,
    _ second: Double,
    _ customer: UInt32
  ) {
    labels.append(label)
    champion.append(first)
    challenger.append(second)
    customers.append(customer)
  }
}

extension PairScanner: RowScanner {}
