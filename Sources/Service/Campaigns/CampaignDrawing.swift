// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Settings
import SourceTables

extension CampaignService {
  /// Draws a campaign's arms among its candidates and gives the lines of a CSV file to `write`.
  package func draw(
    _ experiment: ExperimentSettings,
    seed: String,
    write: @escaping @Sendable ([UInt8]) throws -> Void
  ) async throws {
    try await drawable(experiment).draw(seed: seed, write: write)
  }

  /// Draws a campaign's arms among its candidates into a new table; returns how many were drawn.
  package func draw(
    _ experiment: ExperimentSettings,
    seed: String,
    into table: String
  ) async throws -> Int {
    try await drawable(experiment).draw(seed: seed, into: table)
  }

  /// The candidates of a campaign that can be drawn.
  private func drawable(_ experiment: ExperimentSettings) async throws -> CandidateStore {
    guard experiment.split.count > 1 else { throw Unplanned.noSplit }
    // Writing a table of the user's takes the primary.
    let found = try await runtime.placing {
      try await CandidateStore(experiment, try await runtime.open())
    }
    guard let store = found else {
      throw Unplanned(
        description: "the campaign has no 'candidates': name the table that its arms are drawn from"
      )
    }
    return store
  }
}
