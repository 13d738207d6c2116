// SPDX-License-Identifier: Apache-2.0

/// What each field of a streamed row is: time, version, score, segments, then features.
package struct RowLayout: Sendable {
  /// A feature's column.
  package struct Column: Sendable, Hashable {
    package let name: String
    package let type: ColumnType

    package init(name: String, type: ColumnType) {
      self.name = name
      self.type = type
    }
  }

  /// Whether a version field follows the time.
  package var hasVersion: Bool
  package var score: ColumnType
  /// Segment columns; their values travel as text.
  package var segments: [String]
  /// Feature columns; with `isJSON` there is none, and one jsonb field holds all features.
  package var features: [Column]
  package var isJSON: Bool
  /// What travels four at a time, before the other features: indices into `features`, `scoreMember`
  /// or `padding`.
  package private(set) var quads: [[Int]] = []
  /// Whether the row's id follows the features; only the sample of a reference asks for it.
  package var hasIdentifier = false

  package init(
    hasVersion: Bool,
    score: ColumnType,
    segments: [String],
    features: [Column],
    isJSON: Bool
  ) {
    self.hasVersion = hasVersion
    self.score = score
    self.segments = segments
    self.features = features
    self.isJSON = isJSON
  }

  package var columnCount: Int {
    let numbers = quads.isEmpty ? 0 : quads.count + 1
    return 1 + (hasVersion ? 1 : 0) + (isScorePacked ? 0 : 1) + segments.count
      + (isJSON ? 1 : numbers + singles.count) + (hasIdentifier ? 1 : 0)
  }

  /// The member of a quad that is the score.
  package var scoreMember: Int { features.count }
  /// The member of a quad that is nothing.
  package static let padding = -1

  /// Whether the score travels with the features.
  package var isScorePacked: Bool { quads.contains { $0.contains(scoreMember) } }

  /// All members of the quads that are something, in order.
  package var packed: [Int] { quads.joined().filter { $0 != Self.padding } }

  /// Features that travel alone: indices into `features`, ascending.
  package var singles: [Int] {
    let packed = Set(packed)
    return features.indices.filter { !packed.contains($0) }
  }

  /// Lets numbers travel four at a time.
  ///
  /// What a COPY costs the server is mostly the making of fields, whatever is in them. Two points
  /// make an `lseg`, one field of four numbers, bit by bit; it is NULL where any of them is. Behind
  /// the quads is one field more, an array of all their numbers, which is NULL unless one of them
  /// is. That takes a fifth off the server's work. Integers become doubles there, as they would
  /// here.
  package mutating func pack() {
    let small: Set<ColumnType> = [.float8, .float4, .int16, .int32, .int64]
    var numbers = score == .float8 ? [scoreMember] : []
    numbers += features.indices.filter { small.contains(features[$0].type) }
    if numbers.count % 4 == 1 { numbers.removeLast() }
    let missing = (4 - numbers.count % 4) % 4
    numbers += Array(repeating: Self.padding, count: missing)
    quads = stride(from: 0, to: numbers.count, by: 4).map { Array(numbers[$0..<($0 + 4)]) }
  }
}

/// A row's first fields, which every reader of rows needs.
struct RowHead {
  /// Microseconds since 1970; where it is NULL, before anything.
  let time: Int64
  /// The version's bytes: offset and length, −1 where it is NULL or constant.
  let version: (offset: Int, length: Int)
  /// Missing where it travels with the features.
  let score: Scalar

  /// Reads the head and leaves the cursor at the segments.
  @inline(__always)
  init(
    _ row: RawSpan,
    _ cursor: inout FieldCursor,
    layout: borrowing RowLayout,
    isScorePacked: Bool = false
  ) throws(ScanError) {
    let length = try cursor.length(in: row)
    if length == 8 {
      // PostgreSQL counts from 2000-01-01.
      time = row.int64(at: cursor.offset) &+ 946_684_800_000_000
      cursor.offset &+= 8
    } else {
      guard length == -1 else { throw .fieldLength(column: 0, length: length) }
      time = .min
    }
    if layout.hasVersion {
      let length = try cursor.length(in: row)
      version = (cursor.offset, length)
      cursor.offset &+= max(0, length)
    } else {
      version = (0, -1)
    }
    if isScorePacked {
      score = .missing
      return
    }
    score = try cursor.scalar(layout.score, in: row, column: layout.hasVersion ? 2 : 1)
  }
}

extension String {
  /// The text that lies in a row's bytes; damaged UTF-8 is repaired.
  init(_ row: RawSpan, at offset: Int, length: Int) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length)
    for index in 0..<length { bytes.append(row.byte(at: offset + index)) }
    self.init(decoding: bytes, as: UTF8.self)
  }
}
