// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Statistics

/// Why a window differs from the reference, as the reports for people say it.
struct CauseTable {
  /// One feature or segment.
  struct Row {
    let subject: String
    let recall: String
    let behaviour: String
    let loss: String
    let group: String
  }

  let window: WindowEvaluation
  let note: CauseNote

  /// Effects below this are not worth a line.
  private static let smallest = 0.005

  /// The window to explain: the newest that lost its order, else the newest that decayed, else the
  /// newest; nil where nothing can be said.
  init?(_ windows: [WindowEvaluation]) {
    let explained = windows.filter { $0.causes != nil }
    // It explains recall: a window whose order is lost comes before one whose level moved.
    let decayed = explained.filter { $0.findings.contains { $0.verdict == .decay } }
    let lost = decayed.last { window in
      window.findings.contains {
        $0.verdict == .decay && $0.reading.check.definition.symptom == .lostRanking
      }
    }
    guard let window = lost ?? decayed.last ?? explained.last, let note = window.causes else {
      return nil
    }
    self.window = window
    self.note = note
  }

  /// What all features together account for, in one sentence.
  var summary: String {
    let scores = Self.signed(note.byScores.recall.distribution)
    let name = ReportTables.name(window)
    guard let recall = note.recall else {
      return
        "\(name): by the shift of its scores recall is expected to change by \(scores); what churners "
        + "do is known at label age \(note.labelAge)"
    }
    let change = recall - note.referenceRecall
    let rest = change - note.byScores.recall.distribution.value
    return
      "\(name): \(NumberText.text(recall)) of the churners known by age \(note.labelAge) were flagged, in the "
      + "reference \(NumberText.text(note.referenceRecall)); the shift of the scores accounts for "
      + "\(scores) of the \(Self.signed(change)), churn at other rates than before for "
      + Self.signed(rest)
  }

  /// What is worth a line, what costs most recall first.
  func rows(_ limit: Int) -> [Row] {
    // When all churn more, every column's groups do: wrong decisions by behaviour hardly
    // distinguish columns.
    let worth = note.causes.filter { cause in
      let moved = cause.loss.distribution
      return cause.recall.isClear && abs(cause.recall.total) >= Self.smallest
        || moved.isClear && abs(moved.value) >= Self.smallest
    }
    // Where there are more than fit, what helped is left out first.
    return worth.prefix(limit).map { cause in
      Row(
        subject: cause.subject,
        recall: Self.signed(cause.recall.distribution),
        behaviour: cause.recall.behaviour.map(Self.signed) ?? "not known yet",
        loss: Self.signed(cause.loss.total * 1000),
        group: cause.group.map(Self.text) ?? ""
      )
    }
  }

  /// Segments that fare worse than in their own reference.
  var worst: [String] {
    note.worst.map {
      "\($0.segment): recall \(NumberText.text($0.recall)) "
        + "[\(NumberText.text($0.interval.lower)), \(NumberText.text($0.interval.upper))] of "
        + "\(NumberText.grouped($0.churners)) churners, reference \(NumberText.text($0.reference))"
    }
  }

  private static func text(_ group: Cause.Group) -> String {
    func percent(_ value: Double) -> String { "\((1000 * value).rounded() / 10) %" }
    let share =
      "\(group.name): \(percent(group.share.reference)) → \(percent(group.share.current)) of the rows"
    guard let churn = group.churn else { return share }
    return share + ", churn \(percent(churn.reference)) → \(percent(churn.current))"
  }

  private static func signed(_ effect: Effect) -> String {
    "\(signed(effect.value)) [\(signed(effect.interval.lower)), \(signed(effect.interval.upper))]"
  }

  private static func signed(_ value: Double) -> String {
    if abs(value) < 0.0005 { return "0.000" }
    return (value > 0 ? "+" : "") + NumberText.text(value)
  }
}
