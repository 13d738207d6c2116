// SPDX-License-Identifier: Apache-2.0

/// Writes rows in the format of a binary COPY.
package enum CopyRow {
  private static let signature: [UInt8] = [
    0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
  ]

  /// The stream's header before its first piece, nothing before the others.
  package static func header(isFirst: Bool) -> [UInt8] { isFirst ? signature : [] }

  /// The stream's end; with its header when there was no row at all.
  package static func trailer(isFirst: Bool) -> [UInt8] { header(isFirst: isFirst) + [0xFF, 0xFF] }

  /// One row.
  package static func row(_ fields: [Parameter]) -> [UInt8] {
    var bytes: [UInt8] = []
    append(fields, to: &bytes)
    return bytes
  }

  /// Writes one row behind others.
  package static func append(_ fields: [Parameter], to bytes: inout [UInt8]) {
    bytes.append(bigEndian: Int16(truncatingIfNeeded: fields.count))
    for field in fields { field.append(to: &bytes) }
  }
}

/// Rows for a binary `COPY … FROM STDIN`, made batch by batch.
package struct CopyBatches<Batch: Sendable>: CopySource {
  private let batches: [Batch]
  private let rows: @Sendable (Batch) throws -> [UInt8]
  private var index = 0

  /// A source that turns each batch into the bytes of its rows when the server is ready for them.
  package init(_ batches: [Batch], rows: @escaping @Sendable (Batch) throws -> [UInt8]) {
    self.batches = batches
    self.rows = rows
  }

  package mutating func next() throws -> [UInt8]? {
    defer { index += 1 }
    if index > batches.count { return nil }
    if index == batches.count { return CopyRow.trailer(isFirst: batches.isEmpty) }
    return CopyRow.header(isFirst: index == 0) + (try rows(batches[index]))
  }
}
