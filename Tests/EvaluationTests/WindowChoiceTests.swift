// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Testing

@Suite struct WindowChoiceTests {
  private typealias Model = SyntheticModel

  /// `a` scores until day 50, `b` from day 49 on; it is day 60.
  private static let handover = SyntheticModel(versions: [
    SyntheticModel.Version(name: "a", days: 0..<50),
    SyntheticModel.Version(name: "b", days: 49..<60),
  ])

  private static func choice(_ version: String, _ from: Int) -> WindowChoice {
    WindowChoice(kind: Model.week, range: Model.range(from, from + 7), version: version)
  }

  @Test func `the first check sees the newest window, and the newest mature one of those in use`()
    throws
  {
    let history = try Self.handover.history()
    // `b` has no mature window: its first labels are final on day 64.
    #expect(history.dueWindows(since: nil) == [Self.choice("b", 53)])
    let single = SyntheticModel(versions: [SyntheticModel.Version(name: "a", days: 0..<60)])
    #expect(
      try single.history().dueWindows(since: nil) == [Self.choice("a", 39), Self.choice("a", 53)]
    )
  }

  @Test func `later checks see what has matured since, of replaced versions too`() throws {
    let history = try Self.handover.history()
    // Three days ago windows that end on day 43 were mature; since then those to 44, 45 and 46.
    #expect(
      history.dueWindows(since: Model.day(57)) == [
        Self.choice("a", 37), Self.choice("a", 38), Self.choice("a", 39), Self.choice("b", 53),
      ]
    )
    // Nothing has matured since: a version in use has its newest mature window all the same.
    let single = SyntheticModel(versions: [SyntheticModel.Version(name: "a", days: 0..<60)])
    #expect(
      try single.history().dueWindows(since: Model.day(60))
        == [Self.choice("a", 39), Self.choice("a", 53)]
    )
    #expect(history.dueWindows(since: Model.day(60)) == [Self.choice("b", 53)])
  }

  @Test func `nothing is due of windows before counts are kept`() throws {
    let single = SyntheticModel(versions: [SyntheticModel.Version(name: "a", days: 0..<60)])
    let history = try single.history()
    func kept(from day: Int) -> ModelHistory {
      var other = ModelHistory(
        history.plan,
        ModelHistory.Bins(
          Model.binning,
          number: 2,
          referenceRows: 0,
          keptFrom: Model.day(day)
        ),
        references: history.references,
        asOf: history.asOf,
        closed: history.closed
      )
      other.settle(history.activity)
      return other
    }
    #expect(kept(from: 40).dueWindows(since: nil) == [Self.choice("a", 53)])
    #expect(kept(from: 39).dueWindows(since: nil) == [Self.choice("a", 39), Self.choice("a", 53)])
    #expect(kept(from: 53).dueWindows(since: nil) == [Self.choice("a", 53)])
    #expect(kept(from: 54).dueWindows(since: nil) == [])
  }

  @Test func `every window inside a range is one of the versions with rows in it`() throws {
    let history = try Self.handover.history()
    #expect(
      history.windows(inside: Model.range(42, 51)) == [
        Self.choice("a", 42), Self.choice("a", 43), Self.choice("b", 43), Self.choice("a", 44),
        Self.choice("b", 44),
      ]
    )
    #expect(history.windows(inside: Model.range(42, 48)) == [])
  }

  @Test func `what is compared is the windows and their references, as few ranges`() throws {
    let history = try Self.handover.history()
    #expect(
      history.comparedRanges([Self.choice("a", 53), Self.choice("a", 50)])
        == [Model.range(0, 28), Model.range(50, 60)]
    )
    // A version that took over lately is compared with the two months before it, too.
    #expect(history.comparedRanges([Self.choice("b", 53)]) == [Model.range(0, 60)])
    #expect(history.comparedRanges([]) == [Model.range(0, 28)])
    #expect(history.comparedRanges([Self.choice("a", 25)]) == [Model.range(0, 32)])
  }

  @Test func `the versions of the newest window, and one that lingers`() throws {
    #expect(try Self.handover.history().versionsInNewestWindow == ["b"])
    #expect(try Self.handover.history().lingeringVersion == nil)
    let lingering = SyntheticModel(versions: [
      SyntheticModel.Version(name: "a", days: 0..<60, rows: 2),
      SyntheticModel.Version(name: "b", days: 10..<60),
    ])
    let issue = try #require(try lingering.history().lingeringVersion)
    #expect(issue.subject == "a")
    // 2 of 22 rows.
    #expect(
      issue.message.hasPrefix("still makes 9.091 % of the predictions though b has taken over")
    )
  }
}
