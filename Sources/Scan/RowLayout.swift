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
  /// Features that travel four at a time, before the others: indices into `features`.
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
    2 + (hasVersion ? 1 : 0) + segments.count
      + (isJSON ? 1 : features.count - 2 * quads.count) + (hasIdentifier ? 1 : 0)
  }

  /// Features that travel alone: indices into `features`, ascending.
  package var singles: [Int] {
    let packed = Set(quads.joined())
    return features.indices.filter { !packed.contains($0) }
  }

  /// Lets numbers travel four at a time.
  ///
  /// What a COPY costs the server is mostly the making of fields, whatever is in them. Two points make
  /// an `lseg`, one field of four numbers, bit by bit; it is NULL where any of them is, and then a
  /// second field has them as an array. That takes a sixth off the server's work.
  package mutating func pack() {
    let numbers = features.indices.filter { features[$0].type == .float8 }
    quads = (0..<(numbers.count / 4)).map { Array(numbers[($0 * 4)..<($0 * 4 + 4)]) }
  }
}

/// A row's first fields, which every reader of rows needs.
struct RowHead {
  /// Microseconds since 1970.
  let time: Int64
  /// The version's bytes: offset and length, −1 where it is NULL or constant.
  let version: (offset: Int, length: Int)
  let score: Scalar

  /// Reads the head and leaves the cursor at the segments.
  @inline(__always)
  init(
    _ row: RawSpan,
    _ cursor: inout FieldCursor,
    _ layout: borrowing RowLayout
  ) throws(ScanError) {
    let length = try cursor.length(in: row)
    guard length == 8 else { throw .fieldLength(column: 0, length: length) }
    // PostgreSQL counts from 2000-01-01.
    time = row.int64(at: cursor.offset) &+ 946_684_800_000_000
    cursor.offset &+= 8
    if layout.hasVersion {
      let length = try cursor.length(in: row)
      version = (cursor.offset, length)
      cursor.offset &+= max(0, length)
    } else {
      version = (0, -1)
    }
    score = try cursor.scalar(layout.score, in: row, column: layout.hasVersion ? 2 : 1)
  }
}

extension String {
  /// The text that lies in a row's bytes; damaged UTF-8 is repaired.
  init(_ row: RawSpan, _ offset: Int, _ length: Int) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length)
    for index in 0..<length { bytes.append(row.byte(at: offset + index)) }
    self.init(decoding: bytes, as: UTF8.self)
  }
}
