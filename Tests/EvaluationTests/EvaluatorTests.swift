// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Glibc
import Profiles
import Statistics
import Testing

@Suite struct EvaluatorTests {
  /// Two versions that score side by side; the second one's usage moves on the last seven days, and
  /// the first one's churners are those whom nobody flagged from day 35 on.
  private static let model = SyntheticModel(versions: [
    SyntheticModel.Version(name: "v1", days: 0..<60, inverted: 35..<60),
    SyntheticModel.Version(name: "v2", days: 0..<60, shifted: 53..<60),
  ])

  private static func evaluations() throws -> [String: VersionEvaluation] {
    let evaluations = try model.evaluate(try model.history())
    #expect(evaluations.map(\.version) == ["v1", "v2"])
    return Dictionary(uniqueKeysWithValues: evaluations.map { ($0.version, $0) })
  }

  @Test func `the newest window and the newest mature one are evaluated, with their rows`() throws {
    for evaluation in try Self.evaluations().values {
      // Day 60 less the horizon of 14 is the end of the mature window.
      #expect(
        evaluation.windows.map(\.range) == [
          SyntheticModel.range(39, 46), SyntheticModel.range(53, 60),
        ]
      )
      #expect(evaluation.windows.map(\.isMature) == [true, false])
      #expect(evaluation.windows.map(\.rows) == [1400, 1400])
      // Of the newest window the churners of the days 53 to 55 are known, 45 a day.
      #expect(evaluation.windows.map(\.labelled) == [1400, 135])
      #expect(evaluation.windows.allSatisfy { $0.reference == [SyntheticModel.range(0, 28)] })
      #expect(evaluation.reference?.kind == .pinned)
      #expect(evaluation.reference?.rows == 5600)
    }
  }

  @Test func `a planted shift drifts in exactly its feature`() throws {
    let evaluations = try Self.evaluations()
    let drifted = evaluations.flatMap { name, evaluation in
      evaluation.windows.flatMap { window in
        window.findings.filter { $0.verdict == .drift }.map {
          "\(name) \(window.range.from) \($0.reading.check.rawValue) \($0.reading.subject)"
        }
      }
    }
    #expect(drifted == ["v2 \(SyntheticModel.day(53)) psi usage"])
    let finding = try #require(evaluations["v2"]?.window(from: 53)?.finding(.psi, "usage"))
    // Ten groups with half a count each: 700 + ½ rows of 1405 in the first, ½ in four, 140 + ½ in
    // five, against a tenth each in the reference.
    let (first, empty) = (700.5 / 1405, 0.5 / 1405)
    let expected = (first - 0.1) * log(first / 0.1) + 4 * (empty - 0.1) * log(empty / 0.1)
    #expect(abs(try #require(finding.reading.value) - expected) < 1e-12)
    #expect(finding.reading.sample == Reading.Sample(current: 1400, reference: 5600))
    #expect(finding.severity == .warning)
    // Nothing moved in the plan, and nothing of the other version.
    #expect(evaluations["v2"]?.window(from: 53)?.finding(.psi, "plan")?.reading.value == 0)
    #expect(evaluations["v1"]?.window(from: 53)?.finding(.psi, "usage")?.reading.value == 0)
  }

  @Test func `segments are measured by themselves`() throws {
    let window = try #require(try Self.evaluations()["v2"]?.window(from: 53))
    let rows = window.findings.filter { $0.reading.check == .psi && $0.reading.subject == "plan" }
      .map { "\($0.reading.segment ?? "all") \($0.reading.sample.current)" }
    #expect(Set(rows) == ["all 1400", "region=north 700", "region=(other) 700"])
    // No rule asks for segments.
    #expect(
      window.findings.filter { $0.reading.segment != nil && $0.reading.value != nil }
        .allSatisfy { $0.verdict == .unjudged || $0.verdict == .immature }
    )
  }

  @Test func `a planted fall of recall is decay and asks for training`() throws {
    let evaluations = try Self.evaluations()
    let fallen = try #require(evaluations["v1"]?.window(from: 39)?.finding(.recall))
    #expect(fallen.verdict == .decay)
    #expect(fallen.severity == .critical)
    // 10 of 45 churners a day are flagged, 35 of 45 in the reference.
    #expect(fallen.reading.value == 70.0 / 315)
    #expect(fallen.reading.reference == 980.0 / 1260)
    #expect(fallen.reading.sample == Reading.Sample(current: 315, reference: 1260))
    #expect(evaluations["v1"]?.advice?.action == .retrain)
    let kept = try #require(evaluations["v2"]?.window(from: 39)?.finding(.recall))
    #expect(kept.verdict == .ok)
    #expect(kept.reading.value == 245.0 / 315)
    // Drift alone is watched.
    #expect(evaluations["v2"]?.advice?.action == .watch)
  }

  @Test func `labels that are still to come are immature, whatever they say so far`() throws {
    for (name, expected) in [("v1", 10.0 / 45), ("v2", 35.0 / 45)] {
      let window = try #require(try Self.evaluations()[name]?.window(from: 53))
      let recall = try #require(window.finding(.recall))
      #expect(recall.verdict == .immature)
      // 135 of 1400 are known; the value is what the churners known so far make one expect: all
      // become known at one age, so their share is that of those who are known.
      #expect(recall.reason.hasPrefix("labels are final for 9 % of the predictions so far"))
      #expect(abs(try #require(recall.reading.value) - expected) < 1e-9)
      #expect(window.finding(.accuracy)?.verdict == .immature)
    }
  }

  @Test func `without a reference of its own a version has none for its scores`() throws {
    var model = Self.model
    model.versions.append(SyntheticModel.Version(name: "v3", days: 40..<60))
    let evaluations = try model.evaluate(try model.history())
    #expect(evaluations.map(\.version) == ["v1", "v2", "v3"])
    let newest = try #require(evaluations.last?.window(from: 53))
    #expect(newest.finding(.scorePSI)?.verdict == .noReference)
    #expect(newest.finding(.volume)?.verdict == .noReference)
    #expect(newest.finding(.volume)?.reading.value == 200)
    // Features do not depend on the model: the rows of all versions serve.
    let usage = try #require(newest.finding(.psi, "usage"))
    #expect(usage.verdict == .ok)
    #expect(usage.reading.sample == Reading.Sample(current: 1400, reference: 11_200))
    let mature = try #require(evaluations.last?.windows.first { $0.isMature })
    #expect(mature.range == SyntheticModel.range(39, 46))
    #expect(mature.finding(.recall)?.verdict == .noReference)
    #expect(mature.finding(.recall)?.reading.value == 35.0 / 45)
  }

  @Test func `the order in which buckets are stored does not matter`() throws {
    let whole = try Self.model.evaluate(try Self.model.history())
    for seed in 0..<5 {
      var random = SplitMix64(seed: UInt64(seed))
      let history = try Self.model.history { features, labels in
        features.shuffle(using: &random)
        labels.shuffle(using: &random)
      }
      let shuffled = try Self.model.evaluate(history)
      #expect(shuffled.map(\.version) == whole.map(\.version))
      for (mine, theirs) in zip(shuffled, whole) {
        #expect(mine.windows.map(\.findings) == theirs.windows.map(\.findings), "seed \(seed)")
        #expect(mine.windows.map(\.ruleFindings) == theirs.windows.map(\.ruleFindings))
        #expect(mine.advice == theirs.advice)
        #expect(mine.charts == theirs.charts)
      }
    }
  }

  @Test func `versions that score side by side share the budget of false alerts`() throws {
    let levels = try #require(try Self.evaluations()["v1"]?.window(from: 53)?.errors)
    // A window ends each day of a month of 30.436875; two versions; tests that a rule matches: the
    // index of two features and of the score.
    #expect(levels.tests == 3)
    #expect(abs(levels.evaluationsPerMonth - 2 * 30.436_875) < 1e-9)
    #expect(abs(levels.alpha - 1 / (2 * 30.436_875 * 3)) < 1e-12)
  }
}
