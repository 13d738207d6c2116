// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Postgres
package import Profiles
import Reports
package import Settings
import Store

/// Events on the time axis of models.
package struct EventService: Sendable {
  let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

  /// Records an event on the time axis of a model.
  package func add(_ model: ModelSettings, _ event: Note) async throws {
    let connection = try await runtime.openMigrated()
    let number = try await ModelStore(connection).ensureModel(model.name)
    try await NoteStore(connection).add(event, model: number)
  }

  /// Returns the events of a model inside a range.
  package func events(_ model: ModelSettings, _ range: TimeRange) async throws -> [Note] {
    let connection = try await runtime.openMigrated()
    return try await NoteStore(connection).notes(model.name, range)
  }

  /// Returns what a reader must know of a range of time: the events, the buckets that were revised,
  /// neighbours that were revised together as one, and the alerts that fired.
  func timeline(
    _ known: StoredHistory,
    _ range: TimeRange,
    knownBy moment: Instant
  ) async throws -> [EventNote] {
    let store = NoteStore(known.connection)
    let notes = try await store.notes(known.model.name, range).map {
      EventNote(kind: .note, from: $0.from, until: $0.until, text: $0.text, author: $0.author)
    }
    var groups: [[Revision]] = []
    for revision in try await store.revisions(known.bins, range) {
      let fits = groups.lastIndex {
        $0.last?.bucket.to == revision.bucket.from && $0.last?.cause == revision.cause
          && $0.last?.asOf == revision.asOf
      }
      if let fits { groups[fits].append(revision) } else { groups.append([revision]) }
    }
    let spans = try await AlertStore(known.connection)
      .spans(known.model.name, range, knownBy: moment)
    let alerts = AlertSpan.joined(spans).map { span in
      EventNote(
        kind: .alert,
        from: span.from,
        until: span.until,
        text: "\(span.rule) of \(span.subject) fired (\(span.severity.rawValue))"
          + (span.until == nil ? " and fires" : ""),
        author: nil,
        version: span.version
      )
    }
    return (notes + groups.compactMap(Self.event) + alerts).sorted { $0.from < $1.from }
  }

  private static func event(_ group: [Revision]) -> EventNote? {
    guard let first = group.first, let last = group.last else { return nil }
    let before = group.reduce(0) { $0 + ($1.rowsBefore ?? 0) }
    let after = group.reduce(0) { $0 + ($1.rowsAfter ?? 0) }
    let what =
      switch first.cause {
      case .rows:
        "rows were added late, changed or removed (\(NumberText.grouped(before)) before, "
          + "\(NumberText.grouped(after)) now); the profiles were made again"
      case .labels: "outcomes were changed or came late; the labels were counted again"
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
