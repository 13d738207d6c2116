// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Settings
import Store

/// Which reference holds: one chosen by command, the configuration's, or one derived from the log.
struct ReferenceChoices: Sendable {
  private let runtime: Runtime

  init(_ runtime: Runtime) { self.runtime = runtime }

  /// The ranges of the reference: those of the newest choice by command, else the configuration's.
  ///
  /// The bins for one that moves come from a base range, which is chosen once.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - store: Where choices are kept.
  ///   - bins: The newest bins; nil where there are none.
  ///   - closed: Until when buckets are closed.
  ///   - first: Gives the time of the first prediction.
  /// - Returns: The ranges; none where the log has none yet.
  /// - Throws: What the database throws.
  func ranges(
    _ model: ModelSettings,
    _ store: ModelStore,
    bins: StoredBinning?,
    until closed: Instant,
    first: () async throws -> Instant?
  ) async throws -> ReferenceRanges {
    if let choice = try await store.referenceChoice(model.name) {
      return ReferenceRanges(
        ranges: [(nil, choice.range)],
        reason: "chosen by \(choice.author): \(choice.reason)",
        grid: model.grid
      )
    }
    let movement: ReferenceRanges.Movement
    let days: Int
    switch model.reference {
    case .ranges(let ranges):
      return ReferenceRanges(
        ranges: ranges.map { ($0.version, $0.range) },
        reason: "configured",
        grid: model.grid
      )
    case .trailing(let length): (movement, days) = (.trailing(days: length), length)
    case .samePeriodLastYear: (movement, days) = (.lastYear, 365)
    case .training(let source):
      movement = .training(table: source.table, identity: source.identity)
      days = ReferenceRanges.firstDays
    }
    func references(_ base: TimeRange?) -> ReferenceRanges {
      ReferenceRanges(
        ranges: base.map { [(nil, $0)] } ?? [],
        movement: movement,
        reason: "the first days of the log",
        grid: model.grid
      )
    }
    if let bins, bins.fingerprint == references(nil).fingerprint(model) {
      return references(bins.base)
    }
    return references(
      try await first().flatMap {
        Self.base(from: $0, days: days, model.grid.calendar, until: closed)
      }
    )
  }

  /// The days that bins for a moving reference come from: as many as it is long; where a year is
  /// not over as many as there are, at least four weeks.
  private static func base(
    from first: Instant,
    days: Int,
    _ calendar: ZonedCalendar,
    until closed: Instant
  ) -> TimeRange? {
    let day = calendar.date(at: first)
    func end(_ days: Int) -> Instant {
      calendar.start(of: CivilDate(dayNumber: day.dayNumber + days))
    }
    let last = days < 365 ? end(days) : max(end(28), min(end(days), closed))
    return TimeRange(from: calendar.start(of: day), to: last)
  }
}
