// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// One moment of a replay.
package struct ReplayStep: Sendable {
  package let replay: Int
  /// The moment before it; nil for the first.
  package let previous: Instant?
  package let isLast: Bool

  package init(replay: Int, previous: Instant?, isLast: Bool) {
    self.replay = replay
    self.previous = previous
    self.isLast = isLast
  }

  /// Moves the replay's cursor.
  ///
  /// - Throws: `ConcurrentUpdate` when another run has moved it.
  func advance(to moment: Instant, _ connection: Connection) async throws {
    let moved = try await connection.execute(
      SQL.advance_replay,
      [
        .int(replay), .optional(previous), .timestamp(moment.microseconds), .bool(isLast),
      ]
    )
    guard moved == 1 else { throw ConcurrentUpdate() }
  }
}

/// Remembers how far replays have come.
package struct ReplayStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Begins a replay, or finds the unfinished one of the same range, step and outcome.
  ///
  /// - Parameters:
  ///   - model: The model's number.
  ///   - range: The first moment and the last.
  ///   - step: The step from moment to moment, as the command line has it.
  ///   - digest: What decides the outcome, as a hash.
  /// - Returns: Its number, and the last moment that was checked.
  /// - Throws: `ServerError`.
  package func begin(
    model: Int,
    _ range: TimeRange,
    step: String,
    digest: Int
  ) async throws -> (replay: Int, doneUntil: Instant?) {
    let rows = try await connection.query(
      SQL.begin_replay,
      [
        .int(model), .timestamp(range.from.microseconds), .timestamp(range.to.microseconds),
        .text(step), .int(digest),
      ]
    )
    return try rows.only { (try $0.decode("replay_id"), try $0.decode("done_until")) }
  }

  /// Moves the cursor past a moment at which there was nothing to record.
  package func skip(_ step: ReplayStep, to moment: Instant) async throws {
    try await step.advance(to: moment, connection)
  }
}
