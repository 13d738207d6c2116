// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Profiles
import Testing

@Suite struct AlertViewTests {
  private typealias Model = SyntheticModel

  private static let model = SyntheticModel(versions: [
    SyntheticModel.Version(name: "v1", days: 0..<60, inverted: 35..<60),
    SyntheticModel.Version(name: "v2", days: 0..<60, shifted: 53..<60),
  ])

  private static func view() throws -> AlertView {
    let history = try model.history()
    return AlertView(
      try model.evaluate(history),
      of: history,
      rules: try Model.rules(model.rules)
    )
  }

  private static func key(_ version: String, _ rule: String, _ subject: String) -> AlertKey {
    AlertKey(version: version, rule: rule, subject: subject, segment: nil, window: Model.week)
  }

  @Test func `what windows said is seen by alert, oldest first`() throws {
    let view = try Self.view()
    let recall = try #require(view.seen[Self.key("v1", "Recall", "score")])
    // The newest window's labels are still to come: it says nothing.
    #expect(recall.map(\.window) == [Model.range(39, 46)])
    #expect(recall.map(\.signal) == [.bad])
    #expect(recall.first?.value == 70.0 / 315)
    #expect(recall.first?.sample == 315)
    #expect(view.seen[Self.key("v2", "Recall", "score")]?.map(\.signal) == [.clear])
    let drift = try #require(view.seen[Self.key("v2", "Drift", "usage")])
    #expect(drift.map(\.window) == [Model.range(39, 46), Model.range(53, 60)])
    #expect(drift.map(\.signal) == [.clear, .bad])
    #expect(view.seen[Self.key("v2", "Drift", "plan")]?.map(\.signal) == [.clear, .clear])
    // Two versions with two features, the score, recall and volume.
    #expect(view.seen.count == 10)
  }

  @Test func `versions in use and what was watched are known`() throws {
    let view = try Self.view()
    #expect(view.inUse == [Model.week: ["v1", "v2"]])
    #expect(
      view.watched["v1"] == [
        AlertView.Watched("usage"), AlertView.Watched("plan"), AlertView.Watched("score"),
      ]
    )
  }

  @Test func `the alerts of a board follow`() throws {
    var board = AlertBoard()
    _ = board.update(
      try Self.view(),
      by: try Model.rules(Self.model.rules),
      on: Model.grid(),
      now: Model.day(60)
    )
    #expect(
      board.firing.map(\.key) == [
        Self.key("v2", "Drift", "usage"), Self.key("v1", "Recall", "score"),
      ]
    )
  }
}
