// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Retraining
import Statistics
import TabularModels

/// Fits candidates to the older rows and chooses by the newest ones.
struct Contest {
  let rows: TrainingRows
  /// When what asks for training began; nil where nothing did.
  let decaySince: Instant?
  let say: (String) -> Void

  /// The share of rows that is held back, the newest.
  private static let heldBack = 0.25
  /// Without so many churners on either side rows since the decay began are too few.
  private static let fewestChurners = 50
  /// Into so many parts rows are split to ask each of a fit that has not seen it.
  private static let parts = 5
  /// The share of customers that recall is measured for.
  private static let capacity = 0.1

  private enum Method: String, CaseIterable {
    case logistic = "lr"
    case boosting = "gb"

    var name: String { self == .logistic ? "logistic regression" : "boosted trees" }
  }

  private struct Candidate {
    let method: Method
    /// The first row that it may learn from.
    let from: Int
    let span: String
    var size = 0
    var loss = Double.infinity
    var recall = 0.0
  }

  /// Returns the winner, fitted to all of its rows and written to a file.
  func winner(job: Int, folder: URL) throws -> TrainingAnswer {
    let all = rows.rows
    let recent = decaySince.flatMap { since in all.firstIndex { $0.time >= since } } ?? 0
    // Rows before the decay say little of how well a model does after it.
    let spans = [0, recent].map { from in from + Int(Double(all.count - from) * (1 - Self.heldBack))
    }
    let isRecentEnough =
      recent > 0 && churners(recent..<spans[1]) >= Self.fewestChurners
      && churners(spans[1]..<all.count) >= Self.fewestChurners
    let split = spans[isRecentEnough ? 1 : 0]
    guard churners(0..<split) >= Self.fewestChurners,
      churners(split..<all.count) >= Self.fewestChurners
    else {
      throw TrainingRows.Unusable(
        description:
          "\(churners(0..<all.count)) of \(all.count) rows are churners; \(Self.fewestChurners) are needed to learn "
          + "from and as many to choose by"
      )
    }
    say("held back to choose by: \(all.count - split) rows since \(all[split].time)")
    var candidates: [Candidate] = []
    for method in Method.allCases {
      candidates.append(Candidate(method: method, from: 0, span: "all rows"))
      if isRecentEnough {
        candidates.append(
          Candidate(method: method, from: recent, span: "rows since \(all[recent].time)")
        )
      }
    }
    for index in candidates.indices {
      try measure(&candidates[index], split: split, recent: isRecentEnough ? recent : 0)
      let candidate = candidates[index]
      say(
        "\(candidate.method.name), \(candidate.span): log loss \(rounded(candidate.loss)), "
          + "recall of the top tenth \(rounded(candidate.recall))"
          + (candidate.size > 0 ? ", \(candidate.size) trees" : "")
      )
    }
    guard let best = candidates.min(by: { $0.loss < $1.loss }) else { preconditionFailure() }
    let version = "\(best.method.rawValue)-\(job)"
    say("\(version): \(best.method.name), \(best.span), fitted to the newest too")
    try model(version, best, of: best.from..<all.count, recent: recent).write(in: folder)
    return TrainingAnswer(
      version: version,
      metrics: ["log_loss": best.loss, "recall_at_10_percent": best.recall]
    )
  }

  private func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

  private func churners(_ range: Range<Int>) -> Int {
    rows.rows[range].count { $0.isChurner }
  }

  private func examples(_ range: some Sequence<Int>, _ encoding: InputEncoding) -> Examples {
    var made = Examples()
    for index in range {
      let row = rows.rows[index]
      made.inputs.append(encoding.inputs { place, _ in row.values[place] })
      made.labels.append(row.isChurner)
      made.weights.append(row.weight)
    }
    return made
  }

  /// Fits a candidate to the rows before the split and measures it on those after.
  private func measure(_ candidate: inout Candidate, split: Int, recent: Int) throws {
    let range = candidate.from..<split
    if candidate.method == .boosting {
      // Not by the rows that choose among candidates: they would flatter it.
      let inner = split - Int(Double(range.count) * Self.heldBack)
      let encoding = InputEncoding(rows.columns, rows.rows[candidate.from..<inner].map(\.values))
      candidate.size = try GradientBoosting.bestSize(
        examples(candidate.from..<inner, encoding),
        heldBack: examples(inner..<split, encoding)
      )
    }
    let model = try model("", candidate, of: range, recent: recent)
    guard let scorer = model.scorer(rows.columns) else { return }
    let held = rows.rows[split...]
    var truth = Examples()
    truth.labels = held.map(\.isChurner)
    truth.weights = held.map(\.weight)
    let scores = held.map { scorer.score($0.values) }
    candidate.loss = truth.logLoss(scores)
    candidate.recall = truth.recall(scores, at: Self.capacity)
  }

  /// A candidate fitted to rows.
  ///
  /// After a decay its probabilities are put right by the newest rows, each asked of a fit that has
  /// not seen it: when the decay began is an estimate, and rows before it say how many left then.
  private func model(
    _ version: String,
    _ candidate: Candidate,
    of range: Range<Int>,
    recent: Int
  ) throws -> TrainedModel {
    let form = try fit(candidate, Array(range))
    let since = max(candidate.from, recent)
    let newest =
      range.upperBound - Int(Double(range.upperBound - since) * Self.heldBack)
    guard recent > 0, churners(newest..<range.upperBound) >= Self.fewestChurners else {
      return TrainedModel(version: version, form: form)
    }
    var points: [LogisticLine.Point] = []
    for part in 0..<Self.parts {
      let held = (newest..<range.upperBound).filter { $0 % Self.parts == part }
      let others = range.filter { $0 < newest || $0 % Self.parts != part }
      let fitted = TrainedModel(version: "", form: try fit(candidate, others))
      guard let scorer = fitted.scorer(rows.columns) else { continue }
      for index in held {
        let row = rows.rows[index]
        let score = min(max(scorer.score(row.values), 1e-9), 1 - 1e-9)
        points.append(
          LogisticLine.Point(
            x: log(score / (1 - score)),
            positives: row.isChurner ? row.weight : 0,
            count: row.weight
          )
        )
      }
    }
    let map = LogisticLine.fit(points).map {
      TrainedModel.Map(intercept: $0.intercept, slope: $0.slope)
    }
    return TrainedModel(version: version, form: form, map: map)
  }

  private func fit(_ candidate: Candidate, _ range: [Int]) throws -> TrainedModel.Form {
    let encoding = InputEncoding(rows.columns, range.map { rows.rows[$0].values })
    let examples = examples(range, encoding)
    switch candidate.method {
    case .boosting:
      return .trees(encoding, try GradientBoosting.fit(examples, size: candidate.size))
    case .logistic:
      let scaling = InputScaling(examples.inputs)
      let repeated = examples.repeated
      guard
        let model = LogisticRegression(repeated.inputs.map(scaling.scaled), repeated.labels)
      else {
        throw TrainingRows.Unusable(description: "the rows are all of one class")
      }
      return .logistic(encoding, scaling, model)
    }
  }
}
