// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Testing

/// The JSON that is stored: names in it must not follow names in the code.
@Suite struct StoredFormTests {
  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// A state in an alarm of recall, after an alarm of calibration that is over.
  private static let state =
    #"{"calibration":{"advancedUntil":"2026-06-01T00:00:00Z","episodes":["#
    + #"{"detectedAt":"2026-04-20T00:00:00Z","recoveredAt":"2026-05-09T00:00:00Z","#
    + #""since":"2026-04-11T00:00:00Z","until":"2026-05-02T00:00:00Z"}],"#
    + #""evidence":{"logSums":[],"spent":0.5,"starts":1,"trialsSinceStart":12.5},"recovery":[],"#
    + #""segmentStart":"2026-05-09T00:00:00Z","successes":3,"trials":40},"#
    + #""recall":{"advancedUntil":"2026-06-01T00:00:00Z","alarmedBy":1,"episodes":["#
    + #"{"detectedAt":"2026-05-20T00:00:00Z","since":"2026-05-11T00:00:00Z"}],"#
    + #""evidence":{"logSums":[0.5,-0.25],"spent":0.75,"starts":2,"trialsSinceStart":8.5},"#
    + #""recovery":[0.5,-1.5],"segmentStart":"2026-05-20T00:00:00Z","successes":30,"trials":70},"#
    + #""reference":{"calibrationAlpha":0.05,"calibrationLayout":"# + banded
    + #","calibrationRates":"# + rates + #","change":0.1,"drop":0.05,"paceLayout":"# + banded
    + #","paceRates":"# + rates + #","recallAlpha":0.05,"#
    + #""recallLayout":{"bands":[],"bins":"# + bins
    + #","question":"flagged"},"recallRates":"#
    + rates + "}}"
  private static let bins = #"{"ends":[7],"horizon":{"microseconds":5184000000000}}"#
  private static let banded = #"{"bands":[[0,1]],"bins":"# + bins + #","question":"churning"}"#
  private static let rates = #"{"dispersion":1.5,"successes":[60],"trials":[600]}"#

  @Test func `a state of decay`() throws {
    let state = try JSONDecoder().decode(DecayState.self, from: Data(Self.state.utf8))
    #expect(state.recall.current != nil && state.calibration.current == nil)
    #expect(state.recallRates.trials == [600] && state.paceLayout.bands == [0..<1])
    #expect(try Self.text(state) == Self.state)
  }

  @Test func `questions of trials`() {
    let questions: [TrialLayout.Question] = [.flagged, .churning, .positive]
    #expect(questions.map(\.rawValue) == ["flagged", "churning", "positive"])
  }

  @Test func `design effects`() throws {
    let effects = DesignEffects([.recall: 1.5], customers: 3, predictions: 7)
    let stored = #"{"customers":3,"factors":{"recall":1.5},"predictions":7}"#
    #expect(try Self.text(effects) == stored)
    #expect(try JSONDecoder().decode(DesignEffects.self, from: Data(stored.utf8)) == effects)
  }
}
