// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Settings
import SourceTables
import Store

/// Counts which outcomes arrived on which day, and keeps it.
struct ArrivalAdvance: Sendable {
  private let context: CycleContext
  private let log: ModelLog

  /// Days that are counted again: outcomes may be written with an earlier time.
  private static let again = 35

  init(_ context: CycleContext, _ log: ModelLog) {
    self.context = context
    self.log = log
  }

  func run() async throws {
    guard context.source.outcomes != nil else { return }
    let store = ArrivalStore(context.connection, log.bins)
    let known = try await store.arrivals()
    let calendar = context.model.grid.calendar
    var from = log.bins.profiledFrom
    if let last = known.days.keys.max(), !context.options.isFullSweep {
      from = max(from, calendar.start(of: CivilDate(dayNumber: last - Self.again)))
    }
    guard let range = TimeRange(from: from, to: max(from, context.asOf)), range.from < range.to
    else { return }
    context.progress.begin(.countingOutcomes, "counting arrivals of outcomes")
    defer { context.progress.end() }
    try await store.store(
      try await log.reader.labelArrivals(range),
      from: calendar.date(at: from).dayNumber
    )
  }
}
