// SPDX-License-Identifier: Apache-2.0
package import Profiles
import Statistics

/// Ranks features and segments by what their shift does to recall and loss.
package struct CauseAnalysis: Sendable {
  /// Predictions by group, and what became of them where it is known.
  package struct Side: Sendable {
    package var rows: [Int]
    package var outcomes: OutcomeProfile?

    package init(rows: [Int], outcomes: OutcomeProfile?) {
      self.rows = rows
      self.outcomes = outcomes
    }
  }

  private let layout: GroupLayout
  private let reference: Side
  private let labelAge: FixedDuration
  /// How much more the counts of each subject vary than those of independent rows.
  private let dispersion: @Sendable (String) -> Double

  /// Fewer rows than this are not shown.
  private static let smallestGroup = 10
  /// Churners that a segment's recall needs to be called bad.
  private static let fewestChurners = 30
  /// Segments that are named.
  private static let worstCount = 3

  /// An analysis against a reference.
  ///
  /// - `labelAge`: The age at which outcomes were evaluated, on both sides.
  package init(
    _ layout: GroupLayout,
    reference: Side,
    labelAge: FixedDuration,
    dispersion: @escaping @Sendable (String) -> Double
  ) {
    self.layout = layout
    self.reference = reference
    self.labelAge = labelAge
    self.dispersion = dispersion
  }

  /// Returns why a window differs; nil where the reference or the window
  /// shows nothing.
  ///
  /// - Complexity: O(groups of all subjects).
  package func note(_ window: Side) -> CauseNote? {
    guard let score = layout.subjects.last, let base = confusionCounts(score, reference) else {
      return nil
    }
    var causes: [Cause] = []
    var byScores: Cause?
    let segments = Set(layout.subjects.filter(\.isSegment).map(\.name))
    for subject in layout.subjects {
      // A column that is both is evaluated as a segment.
      guard subject.isSegment || !segments.contains(subject.name),
        let cause = cause(subject, window)
      else { continue }
      if subject.offset == score.offset { byScores = cause } else { causes.append(cause) }
    }
    guard let byScores, let before = Figures(base) else { return nil }
    let now = confusionCounts(score, window).flatMap(Figures.init)
    return CauseNote(
      labelAge: labelAge,
      referenceRecall: before.recall,
      referenceLoss: before.loss,
      recall: now?.recall,
      loss: now?.loss,
      byScores: (byScores.recall, byScores.loss),
      causes: causes.sorted { ($0.recall.total, $0.subject) < ($1.recall.total, $1.subject) },
      worst: worst(window)
    )
  }

  private func cause(_ subject: GroupLayout.Subject, _ window: Side) -> Cause? {
    guard let base = confusionCounts(subject, reference),
      let effects = ShiftEffects(
        reference: base,
        window: slice(subject, window.rows),
        outcomes: confusionCounts(subject, window),
        dispersion: dispersion(subject.name)
      )
    else { return nil }
    return Cause(
      subject: subject.name,
      isSegment: subject.isSegment,
      recall: effects.recall,
      loss: effects.loss,
      group: group(effects.group, of: subject, window: window, base: base)
    )
  }

  private func slice(_ subject: GroupLayout.Subject, _ values: [Int]) -> [Int] {
    Array(values[subject.offset..<(subject.offset + subject.groupCount)])
  }

  private func confusionCounts(_ subject: GroupLayout.Subject, _ side: Side)
    -> GroupConfusionCounts?
  {
    side.outcomes.map { outcomes in
      GroupConfusionCounts(
        rows: slice(subject, side.rows),
        truePositives: outcomes.counts(.truePositive, of: subject, in: layout),
        falseNegatives: outcomes.counts(.falseNegative, of: subject, in: layout),
        falsePositives: outcomes.counts(.falsePositive, of: subject, in: layout)
      )
    }
  }

  /// What is shown of a group; nothing where it is so small that single customers could be
  /// identified.
  private func group(
    _ number: Int,
    of subject: GroupLayout.Subject,
    window: Side,
    base: GroupConfusionCounts
  ) -> Cause.Group? {
    func isSmall(_ count: Int) -> Bool { (1..<Self.smallestGroup).contains(count) }
    func share(_ count: Int, _ all: Int) -> Double { Double(count) / Double(max(1, all)) }
    let rows = slice(subject, window.rows)
    let all = (rows.reduce(0, +), base.rows.reduce(0, +))
    // What is left of all rows must not identify them either.
    guard
      ![rows[number], base.rows[number], all.0 - rows[number], all.1 - base.rows[number]]
        .contains(where: isSmall)
    else { return nil }
    var churn: Cause.Rates?
    if let now = confusionCounts(subject, window), now.rows[number] > 0, base.rows[number] > 0 {
      let (mine, theirs) = (now.churners(number), base.churners(number))
      let hidden = [mine, theirs, now.rows[number] - mine, base.rows[number] - theirs]
        .contains { $0 < Self.smallestGroup }
      guard !hidden else { return nil }
      churn = Cause.Rates(
        current: share(mine, now.rows[number]),
        reference: share(theirs, base.rows[number])
      )
    }
    return Cause.Group(
      name: subject.label(number),
      share: Cause.Rates(
        current: share(rows[number], all.0),
        reference: share(base.rows[number], all.1)
      ),
      churn: churn
    )
  }

  private func worst(_ window: Side) -> [CauseNote.WorstSegment] {
    var found: [CauseNote.WorstSegment] = []
    for subject in layout.subjects where subject.isSegment {
      guard let now = confusionCounts(subject, window),
        let base = confusionCounts(subject, reference)
      else { continue }
      for level in 0..<subject.groupCount {
        guard now.churners(level) >= Self.fewestChurners,
          base.churners(level) >= Self.fewestChurners,
          let mine = Proportion(now.truePositives[level], of: now.churners(level)),
          let theirs = Proportion(base.truePositives[level], of: base.churners(level)),
          mine.value < theirs.value
        else { continue }
        found.append(
          CauseNote.WorstSegment(
            segment: "\(subject.name)=\(subject.label(level))",
            recall: mine.value,
            interval: mine.wilsonInterval(),
            churners: mine.trials,
            reference: theirs.value
          )
        )
      }
    }
    let sorted = found.sorted {
      ($0.recall - $0.reference, $0.segment) < ($1.recall - $1.reference, $1.segment)
    }
    return Array(sorted.prefix(Self.worstCount))
  }

  /// Recall and the share of wrong decisions of all rows.
  private struct Figures {
    let recall: Double
    let loss: Double

    init?(_ confusionCounts: GroupConfusionCounts) {
      let truePositives = confusionCounts.truePositives.reduce(0, +)
      let falseNegatives = confusionCounts.falseNegatives.reduce(0, +)
      let rows = confusionCounts.rows.reduce(0, +)
      guard truePositives + falseNegatives > 0, rows > 0 else { return nil }
      recall = Double(truePositives) / Double(truePositives + falseNegatives)
      loss = Double(falseNegatives + confusionCounts.falsePositives.reduce(0, +)) / Double(rows)
    }
  }
}

extension GroupConfusionCounts {
  func churners(_ group: Int) -> Int { truePositives[group] + falseNegatives[group] }
}
