// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Foundation
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// Reads what is known of a model's customers: how often they repeat, and how many were scored.
struct CustomerReading: Sendable {
  private let log: ModelLog

  /// The label age up to which churn counts as known early where none is configured.
  private static let usualAge = FixedDuration(days: 30)

  init(_ log: ModelLog) { self.log = log }

  private var model: ModelSettings { log.source.model }

  /// Versions of one reference whose design effects are to be measured.
  private struct Due {
    var versions: [String] = []
    let specification: String
    let isFinal: Bool
  }

  /// Measures the design effects of repeated customers where they are not known yet: once when the
  /// reference is there, and once more when its labels are final.
  ///
  /// - Parameters:
  ///   - customers: Receives what was measured.
  ///   - history: Its versions and references.
  ///   - store: Where to keep it; nil for runs that write nothing.
  /// - Throws: What the database throws.
  func refresh(
    _ customers: inout CustomerStatistics,
    _ history: ModelHistory,
    store: CustomerStore?
  ) async throws {
    guard model.predictions.entity != nil, let outcomes = model.outcomes else { return }
    let age = outcomes.followUp ?? Self.usualAge
    let due = due(customers, history, horizon: outcomes.horizon, labelAge: age)
    guard !due.isEmpty else { return }
    log.runtime.progress.begin(.countingRepeatedCustomers, "counting customers who repeat")
    defer { log.runtime.progress.end() }
    for (ranges, item) in due {
      let kinds = model.windows.map { edges($0, ranges) } + [edges(nil, ranges)]
      let found = try await log.reader.customerPairs(
        ranges,
        asOf: history.asOf,
        windows: kinds,
        labelAge: age,
        log.bins.binning
      )
      for version in item.versions {
        let effects = effects(found[version])
        customers.effects[version] = KnownEffects(
          specification: item.specification,
          isFinal: item.isFinal,
          effects: effects
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try await store?.store(
          StoredEffects(
            version: version,
            specification: item.specification,
            isFinal: item.isFinal,
            effects: String(decoding: try encoder.encode(effects), as: UTF8.self)
          )
        )
      }
    }
  }

  /// What is to be measured, by the ranges of the reference.
  private func due(
    _ customers: CustomerStatistics,
    _ history: ModelHistory,
    horizon: FixedDuration,
    labelAge: FixedDuration
  ) -> [[TimeRange]: Due] {
    var due: [[TimeRange]: Due] = [:]
    for version in history.activity.versions {
      let ranges = history.references.still(for: version)
      guard let end = ranges.map(\.to).max(), end <= history.asOf else { continue }
      let specification = CustomerPairs.identity(
        of: ranges,
        windows: model.windows,
        labelAge: labelAge
      ).text
      let isFinal = end.advanced(by: horizon) <= history.asOf
      if let known = customers.effects[version], known.specification == specification,
        known.isFinal || !isFinal
      {
        continue
      }
      due[ranges, default: Due(specification: specification, isFinal: isFinal)]
        .versions.append(version)
    }
    return due
  }

  private func effects(_ found: CustomerScanner.Found?) -> CustomerEffects {
    var windows: [String: DesignEffects] = [:]
    for (index, kind) in model.windows.enumerated() {
      windows[kind.description] = design(found?.windows[index])
    }
    return CustomerEffects(
      windows: windows,
      reference: design(found?.windows.last),
      early: design(found?.early)
    )
  }

  private func design(_ pairs: CustomerPairs?) -> DesignEffects? {
    guard let pairs, !pairs.isSingle else { return nil }
    return DesignEffects(pairs, binning: log.bins.binning.score)
  }

  /// The edges of windows that lie side by side in a reference; nil makes one window of it.
  private func edges(
    _ kind: WindowSpec?,
    _ ranges: [TimeRange]
  ) -> [Instant] {
    guard let from = ranges.map(\.from).min(), let to = ranges.map(\.to).max(),
      let range = TimeRange(from: from, to: to)
    else { return [] }
    guard let kind else { return [from, to] }
    if kind == .month || kind == .week {
      let windows = model.grid.windows(kind, inside: range)
      if let last = windows.last { return windows.map(\.from) + [last.to] }
    }
    let all = model.grid.edges(covering: range)
    let length = kind.days * model.grid.bucketsPerDay
    let starts = stride(from: 0, to: all.count, by: length).map { all[$0] }
    // The last part may be shorter; a window that is longer than the reference is all of it.
    return starts.last == to ? starts : starts + [to]
  }

  /// Counts who was scored in windows of which that is not known, and in the newest ones.
  ///
  /// - Parameters:
  ///   - history: What is known.
  ///   - windows: The windows.
  ///   - store: Where to keep it; nil for runs that write nothing.
  /// - Returns: What was counted now.
  /// - Throws: What the database throws.
  func coverage(
    _ history: ModelHistory,
    _ windows: [WindowChoice],
    store: CustomerStore?
  ) async throws -> [TimeRange: Coverage] {
    guard let customers = model.customers else { return [:] }
    log.runtime.progress.begin(.countingCoverage, "counting who was scored")
    defer { log.runtime.progress.end() }
    let newest = windows.map(\.range.to).max()
    let wanted = windows.map(\.range) + windows.compactMap { history.references.sample($0.kind) }
    var counted: [TimeRange: Coverage] = [:]
    for window in Set(wanted).sorted(by: { $0.to < $1.to })
    where history.customers.coverage[window] == nil || window.to == newest {
      guard let found = try await log.reader.coverage(window) else { continue }
      counted[window] = found
      try await store?.store(found, of: window, customers.identity.text)
    }
    return counted
  }
}
