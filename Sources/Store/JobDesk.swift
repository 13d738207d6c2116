// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles
import Retraining

/// A job as people see it.
package struct JobRecord: Sendable {
  package let identifier: Int
  package let model: String
  package let state: String
  package let remedy: String
  package let reason: String
  package let version: String
  package let madeAt: Instant
  package let author: String
  package let notBefore: Instant
  package let attempts: Int
  package let maximumAttempts: Int
  package let run: String?
  package let cancelAskedBy: String?
  package let newVersion: String?
  package let lastError: String?
  package let createdAt: Instant
  package let startedAt: Instant?
  package let finishedAt: Instant?
  package let log: String
  /// As JSON.
  package let task: String
  package let answer: String?
}

/// Something that happened to a job, or would have.
package struct JobEvent: Sendable {
  package let job: Int?
  package let kind: String
  package let words: String
  /// The moment of the check, for what a check decided.
  package let asOf: Instant?
  package let at: Instant
}

/// What people do with jobs.
package struct JobDesk: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns jobs, newest first.
  package func jobs(model: String? = nil, number: Int? = nil) async throws -> [JobRecord] {
    let rows = try await connection.query(
      SQL.read_jobs,
      name: "read_jobs",
      [model.map(Parameter.text) ?? .text(""), .optional(number)]
    )
    return (0..<rows.rowCount).map { row in
      JobRecord(
        identifier: rows.int(row, 0),
        model: rows.text(row, 1),
        state: rows.text(row, 2),
        remedy: rows.text(row, 3),
        reason: rows.text(row, 4),
        version: rows.text(row, 5),
        madeAt: rows.instant(row, 6),
        author: rows.text(row, 7),
        notBefore: rows.instant(row, 8),
        attempts: rows.int(row, 9),
        maximumAttempts: rows.int(row, 10),
        run: rows.optionalText(row, 11),
        cancelAskedBy: rows.optionalText(row, 12),
        newVersion: rows.optionalText(row, 13),
        lastError: rows.optionalText(row, 14),
        createdAt: rows.instant(row, 15),
        startedAt: rows.timestamp(row, 16).map(Instant.init(microseconds:)),
        finishedAt: rows.timestamp(row, 17).map(Instant.init(microseconds:)),
        log: rows.text(row, 18),
        task: rows.json(row, 19),
        answer: rows.isNull(row, 20) ? nil : rows.json(row, 20)
      )
    }
  }

  /// Returns what happened, oldest first.
  package func events(
    model: String? = nil,
    job: Int? = nil,
    newest: Int = 100
  ) async throws -> [JobEvent] {
    let rows = try await connection.query(
      SQL.read_job_events,
      name: "read_job_events",
      [model.map(Parameter.text) ?? .text(""), .optional(job), .int(newest)]
    )
    return (0..<rows.rowCount).map { row in
      JobEvent(
        job: rows.isNull(row, 2) ? nil : rows.int(row, 2),
        kind: rows.text(row, 3),
        words: rows.text(row, 4),
        asOf: rows.timestamp(row, 5).map(Instant.init(microseconds:)),
        at: rows.instant(row, 6)
      )
    }
  }

  /// What a person may decide.
  package enum Decision: String, Sendable, CaseIterable {
    case approve, reject, cancel, retry
  }

  /// A decision that does not fit the job's state.
  package struct Misfit: Error, CustomStringConvertible {
    package let description: String
  }

  /// Carries a person's decision out and returns what it means, in words.
  ///
  /// - Throws: `Misfit` where the job is in a state in which it makes no sense, or is not there.
  package func decide(
    _ number: Int,
    _ decision: Decision,
    author: String,
    reason: String
  ) async throws -> String {
    try await connection.withTransaction { connection in
      let desk = JobDesk(connection)
      let moves: [(from: String, to: String)] =
        switch decision {
        case .approve: [("awaiting_approval", "queued")]
        case .reject: [("awaiting_approval", "rejected")]
        case .cancel: [("awaiting_approval", "cancelled"), ("queued", "cancelled")]
        case .retry: [("failed", "queued")]
        }
      for (from, to) in moves {
        if let model = try await desk.move(number, from: from, to: to, reason) {
          let words = "by \(author): \(reason)"
          try await JobStore(connection).note(model, number, to, words, asOf: nil)
          return to
        }
      }
      if decision == .cancel {
        let rows = try await connection.query(
          SQL.ask_cancel,
          name: "ask_cancel",
          [.int(number), .text(author)]
        )
        if rows.rowCount == 1 {
          let words = "by \(author): \(reason)"
          try await JobStore(connection).note(
            rows.int(0, 0),
            number,
            "cancel_asked",
            words,
            asOf: nil
          )
          return "its worker will end it"
        }
      }
      let state = try await desk.jobs(number: number).first?.state
      throw Misfit(
        description: state.map {
          "job no. \(number) is \($0); '\(decision.rawValue)' needs one that is "
            + moves.map(\.from).joined(separator: " or ")
        } ?? "there is no job no. \(number)"
      )
    }
  }

  private func move(
    _ number: Int,
    from: String,
    to: String,
    _ reason: String
  ) async throws -> Int? {
    do {
      let rows = try await connection.query(
        SQL.decide_job,
        name: "decide_job",
        [.int(number), .text(from), .text(to), to == "queued" ? .null : .text(reason)]
      )
      return rows.rowCount == 1 ? rows.int(0, 0) : nil
    } catch let error as ServerError where error.sqlState == "23505" {
      throw Misfit(
        description: "another job of the model is not over; at most one may be at a time"
      )
    }
  }
}
