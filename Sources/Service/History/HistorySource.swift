// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles

/// Where the parts of a model's history come from; checks, replays and reports each have their own.
protocol HistorySource {
  /// Which versions scored when.
  func activity() async throws -> ActivityIndex
  /// What repeated customers do to intervals.
  func customers(_ history: ModelHistory) async throws -> CustomerStatistics
  /// What training rows look like.
  func training(_ history: ModelHistory) async throws -> TrainingProfiles
  /// Outcomes by the day of their arrival; nil where that is not known.
  func arrivals(_ history: ModelHistory) async throws -> LabelArrivals?
  /// Runs the detectors of decay.
  func detectDecay(_ history: inout ModelHistory) async throws
  /// How many customers were scored in windows of which that is not known.
  func coverage(_ history: ModelHistory, _ windows: [WindowChoice]) async throws -> [TimeRange:
    Coverage]
  /// The counts of ranges of time.
  func series(_ history: ModelHistory, _ ranges: [TimeRange]) async throws -> ModelSeries
  /// Who was treated in ranges of time; nil where no campaign is named.
  func treatments(_ history: ModelHistory, _ ranges: [TimeRange]) async throws -> TreatmentSeries?
}

extension ModelHistory {
  /// Loads everything but the counts of windows.
  mutating func prepare(from source: some HistorySource) async throws {
    settle(try await source.activity())
    customers = try await source.customers(self)
    training = try await source.training(self)
    arrivals = try await source.arrivals(self)
    try await source.detectDecay(&self)
  }

  /// Loads what windows and their reference need.
  mutating func load(_ windows: [WindowChoice], from source: some HistorySource) async throws {
    customers.coverage.merge(try await source.coverage(self, windows)) { $1 }
    let ranges = comparedRanges(windows)
    series = try await source.series(self, ranges)
    treatments = try await source.treatments(self, ranges)
  }
}
