// SPDX-License-Identifier: Apache-2.0
import Findings
import Postgres
package import Profiles
import Reports
package import Settings
package import Store
import YAMLSource

extension Monitor {
  /// Marks an event on the time axis of a model.
  package func addNote(_ model: ModelSettings, _ note: Note) async throws {
    let connection = try await open()
    try await requireSchema(connection)
    let number = try await ModelStore(connection).ensureModel(model.name.value)
    try await NoteStore(connection).add(note, model: number)
  }

  /// Returns the events of a model inside a range.
  package func notes(_ model: ModelSettings, _ range: TimeRange) async throws -> [Note] {
    let connection = try await open()
    try await requireSchema(connection)
    return try await NoteStore(connection).notes(model.name.value, range)
  }

  /// Returns what a reader must know of a range of time: the events, and the buckets that were
  /// revised, neighbours that were revised together as one.
  func events(
    _ model: ModelSettings,
    _ stored: StoredBinning,
    _ range: TimeRange,
    _ connection: Connection
  ) async throws -> [EventNote] {
    let store = NoteStore(connection)
    let notes = try await store.notes(model.name.value, range).map {
      EventNote(kind: .note, from: $0.from, until: $0.until, text: $0.text, author: $0.author)
    }
    var groups: [[Revision]] = []
    for revision in try await store.revisions(stored, range) {
      let fits = groups.lastIndex {
        $0.last?.bucket.to == revision.bucket.from && $0.last?.cause == revision.cause
          && $0.last?.asOf == revision.asOf
      }
      if let fits { groups[fits].append(revision) } else { groups.append([revision]) }
    }
    return (notes + groups.compactMap(Self.event)).sorted { $0.from < $1.from }
  }

  private static func event(_ group: [Revision]) -> EventNote? {
    guard let first = group.first, let last = group.last else { return nil }
    let before = group.reduce(0) { $0 + ($1.rowsBefore ?? 0) }
    let after = group.reduce(0) { $0 + ($1.rowsAfter ?? 0) }
    let what =
      switch first.cause {
      case .rows:
        "rows were added late, changed or removed (\(NumberText.grouped(before)) before, "
          + "\(NumberText.grouped(after)) now); the profiles were made anew"
      case .labels: "outcomes were changed or came late; the labels were counted anew"
      }
    return EventNote(
      kind: .revision,
      from: first.bucket.from,
      until: last.bucket.to,
      text: "\(what), found by the check as of \(first.asOf)",
      author: nil
    )
  }
}
