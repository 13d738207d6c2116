// SPDX-License-Identifier: Apache-2.0
import Findings
import Foundation
import Performance
import Postgres
import Profiles
import Scan
import Settings
import Statistics
import Store
import YAMLSource

/// How much less the predictions of one version tell because its customers are scored again and again.
struct CustomerEffects: Sendable, Codable {
  /// By kind of window, as it is written.
  let windows: [String: DesignEffects]
  /// Over the whole reference.
  let reference: DesignEffects?
  /// The same of churn that was known early, for the detectors.
  let early: DesignEffects?

  /// What the detectors' dispersions are at least.
  var floors: (recall: Double, calibration: Double) {
    (early?[.recall] ?? 1, early?[.calibrationLevel] ?? 1)
  }
}

/// Effects with what they were made of.
struct KnownEffects: Sendable {
  let specification: String
  let isFinal: Bool
  let effects: CustomerEffects
}

/// What is known of a model's customers as such.
struct CustomerFacts: Sendable {
  /// By version.
  var effects: [String: KnownEffects] = [:]
  /// How many were scored, by window.
  var coverage: [TimeRange: Coverage] = [:]
  /// Whether it is known who should be scored.
  var isCoverageWanted = false

  func design(_ version: String, _ kind: WindowSpec) -> DesignEffects? {
    effects[version]?.effects.windows[kind.description]
  }
}

extension Monitor {
  /// The label age up to which churn counts as known early where none is configured.
  private static let usualAge = FixedDuration(days: 30)

  /// Returns what is stored of a model's customers.
  func customerFacts(
    _ model: ModelSettings,
    _ stored: StoredBinning,
    _ connection: Connection
  ) async throws -> CustomerFacts {
    let store = CustomerStore(connection, stored)
    var facts = CustomerFacts()
    if model.predictions.entity != nil, model.outcomes != nil {
      for item in try await store.effects() {
        facts.effects[item.version] = KnownEffects(
          specification: item.specification,
          isFinal: item.isFinal,
          effects: try JSONDecoder().decode(
            CustomerEffects.self,
            from: Data(item.effects.utf8)
          )
        )
      }
    }
    if let customers = model.customers {
      facts.isCoverageWanted = true
      facts.coverage = try await store.coverage(customers.specification)
    }
    return facts
  }

  /// Measures how much less the predictions of repeated customers tell, where that is not known yet: once when
  /// the reference is there, and once more when its labels are final.
  ///
  /// - `store`: Where to keep it; nil for runs that write nothing.
  func refresh(
    _ facts: inout CustomerFacts,
    _ model: ModelSettings,
    _ stored: StoredBinning,
    _ reader: RowReader,
    _ references: ReferenceRanges,
    versions: [String],
    asOf: Instant,
    store: CustomerStore?
  ) async throws {
    guard model.predictions.entity != nil, let outcomes = model.outcomes else { return }
    let age = outcomes.followUp ?? Self.usualAge
    var due: [[TimeRange]: (versions: [String], specification: String, isFinal: Bool)] = [:]
    for version in versions {
      let ranges = references.still(for: version)
      guard let end = ranges.map(\.to).max(), end <= asOf else { continue }
      let specification = "\(ranges) \(model.windows) \(age)"
      let isFinal = end.advanced(by: outcomes.horizon) <= asOf
      if let known = facts.effects[version], known.specification == specification,
        known.isFinal || !isFinal
      {
        continue
      }
      due[ranges, default: ([], specification, isFinal)].versions.append(version)
    }
    guard !due.isEmpty else { return }
    progress.begin("looking how often customers repeat")
    defer { progress.end() }
    for (ranges, item) in due {
      let kinds = model.windows.map { edges($0, ranges, model) } + [edges(nil, ranges, model)]
      let found = try await reader.customerPairs(
        ranges,
        asOf: asOf,
        windows: kinds,
        labelAge: age,
        stored.binning
      )
      for version in item.versions {
        func effects(_ pairs: CustomerPairs?) -> DesignEffects? {
          pairs.flatMap { pairs in
            pairs.isSingle ? nil : DesignEffects(pairs, binning: stored.binning.score)
          }
        }
        let mine = found[version]
        var windows: [String: DesignEffects] = [:]
        for (index, kind) in model.windows.enumerated() {
          windows[kind.description] = effects(mine?.windows[index])
        }
        let made = CustomerEffects(
          windows: windows,
          reference: effects(mine?.windows.last),
          early: effects(mine?.early)
        )
        facts.effects[version] = KnownEffects(
          specification: item.specification,
          isFinal: item.isFinal,
          effects: made
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try await store?.store(
          StoredEffects(
            version: version,
            specification: item.specification,
            isFinal: item.isFinal,
            effects: String(decoding: try encoder.encode(made), as: UTF8.self)
          )
        )
      }
    }
  }

  /// The edges of windows that lie side by side in a reference; nil makes one window of it.
  private func edges(
    _ kind: WindowSpec?,
    _ ranges: [TimeRange],
    _ model: ModelSettings
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
}

extension CycleRun {
  /// Counts who was scored in windows of which that is not known, and in the newest ones.
  ///
  /// - `store`: Where to keep it; nil for runs that write nothing.
  func readCoverage(
    _ facts: inout CustomerFacts,
    _ chosen: [(kind: WindowSpec, range: TimeRange)],
    store: CustomerStore?
  ) async throws {
    guard let customers = model.customers else { return }
    monitor.progress.begin("looking who was scored")
    defer { monitor.progress.end() }
    let newest = chosen.map(\.range.to).max()
    let wanted = chosen.map(\.range) + chosen.compactMap { references.sample($0.kind) }
    for window in Set(wanted).sorted(by: { $0.to < $1.to })
    where facts.coverage[window] == nil || window.to == newest {
      guard let found = try await reader.coverage(window) else { continue }
      facts.coverage[window] = found
      try await store?.store(found, of: window, customers.specification)
    }
  }
}

extension ReferenceRanges {
  /// The newest window of a kind in what stands still; nil where none fits.
  func sample(_ kind: WindowSpec) -> TimeRange? {
    base.compactMap { range in
      grid.lastWindow(kind, endingBy: range.to).flatMap { $0.from >= range.from ? $0 : nil }
    }.max { $0.to < $1.to }
  }
}

extension Measurement {
  /// The share of the customers who were scored, by whichever version; nil where it is not known who they are.
  func coverage(_ kind: WindowSpec, _ range: TimeRange) -> Reading? {
    guard customers.isCoverageWanted else { return nil }
    guard let found = customers.coverage[range], found.customers > 0 else {
      return Reading(
        .coverage,
        subject: Subject.scoreName,
        sample: Reading.Sample(current: 0),
        obstacle: .noData(
          customers.coverage[range] == nil
            ? "checks count it for the windows that they judge" : "nobody was a customer in it"
        )
      )
    }
    var reading = Reading(
      .coverage,
      subject: Subject.scoreName,
      value: Double(found.scored) / Double(found.customers),
      sample: Reading.Sample(current: found.customers)
    )
    let missing = found.customers - found.scored
    reading.details = [Reading.Detail("not_scored", Double(missing))]
    if missing > 0 {
      reading.note =
        "\(NumberText.grouped(missing)) of \(NumberText.grouped(found.customers)) customers were not scored"
    }
    if let window = references.sample(kind), let theirs = customers.coverage[window],
      theirs.customers > 0
    {
      reading.reference = Double(theirs.scored) / Double(theirs.customers)
      reading.sample.reference = theirs.customers
    } else {
      reading.obstacle = .noReference("the reference has no window of \(kind) with customers")
    }
    return reading
  }

  /// Returns readings that rest on estimates with intervals as wide as repeated customers make them.
  func clustered(_ readings: [Reading], _ kind: WindowSpec, version: String) -> [Reading] {
    guard let design = customers.design(version, kind) else { return readings }
    return readings.map { reading in
      let factor = design[reading.check.measured]
      guard factor > 1, let value = reading.value, let interval = reading.interval,
        !reading.details.contains(where: { $0.name == DesignEffects.detail })
      else { return reading }
      var reading = reading
      reading.interval = interval.widened(around: value, by: factor.squareRoot())
        .clamped(to: 0...(reading.check == .calibrationDecay ? .greatestFiniteMagnitude : 1))
      reading.details.append(Reading.Detail(DesignEffects.detail, factor))
      return reading
    }
  }
}

extension CheckName {
  /// The metric whose design effect holds.
  fileprivate var measured: CheckName {
    switch self {
    case .estimatedRecall, .recallDecay: .recall
    case .estimatedAUC: .auc
    case .estimatedPrevalence: .prevalence
    case .calibrationDecay: .calibrationLevel
    default: self
    }
  }
}
