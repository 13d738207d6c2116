// SPDX-License-Identifier: Apache-2.0

/// Reports how far a long piece of work has come.
package struct ProgressReporter: Sendable {
  /// A long piece of work.
  package enum Phase: String, Sendable, CaseIterable {
    case inspecting, readingReference, readingTrainingRows
    /// Comparing closed buckets with their rows.
    case sweepingRows
    case profiling
    /// Comparing counted outcomes with those that are there.
    case sweepingOutcomes
    case countingOutcomes, readingOutcomes, readingTreatment
    case countingRepeatedCustomers, countingCoverage
    case readingVersions, measuringExactDistances, readingCampaign
  }

  package enum Event: Sendable {
    /// Work begins; rows to expect, 0 when unknown.
    case begin(Phase, String, expectedRows: Int)
    /// So many more rows are done.
    case rows(Int)
    case end
  }

  private let receive: @Sendable (Event) -> Void

  package init(_ receive: @escaping @Sendable (Event) -> Void) { self.receive = receive }

  /// Begins a piece of work.
  ///
  /// - Parameters:
  ///   - phase: What is done.
  ///   - name: The same for people.
  ///   - expectedRows: Rows to expect, 0 when unknown.
  func begin(_ phase: Phase, _ name: String, expectedRows: Int = 0) {
    receive(.begin(phase, name, expectedRows: expectedRows))
  }

  func advance(_ rows: Int) { receive(.rows(rows)) }

  func end() { receive(.end) }
}
