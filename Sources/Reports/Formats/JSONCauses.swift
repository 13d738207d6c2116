// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics

/// Why a window differs, as JSON; what is not known yet is absent.
struct JSONCauses: Encodable {
  private struct Change: Encodable {
    let value: Double
    let interval: [Double]

    init(_ effect: Effect) {
      value = effect.value
      interval = [effect.interval.lower, effect.interval.upper]
    }
  }

  private struct Parts: Encodable {
    let distribution: Change
    let behaviour: Change?

    init(_ parts: EffectParts) {
      distribution = Change(parts.distribution)
      behaviour = parts.behaviour.map(Change.init)
    }
  }

  private struct Rates: Encodable {
    let current: Double
    let reference: Double

    init(_ rates: Cause.Rates) {
      current = rates.current
      reference = rates.reference
    }
  }

  private struct Group: Encodable {
    let name: String
    let share: Rates
    let churn: Rates?

    init(_ group: Cause.Group) {
      name = group.name
      share = Rates(group.share)
      churn = group.churn.map(Rates.init)
    }
  }

  private struct Subject: Encodable {
    let subject: String
    let kind: String
    let recall: Parts
    let loss: Parts
    let group: Group?

    init(_ cause: Cause) {
      subject = cause.subject
      kind = cause.isSegment ? "segment" : "feature"
      recall = Parts(cause.recall)
      loss = Parts(cause.loss)
      group = cause.group.map(Group.init)
    }
  }

  private struct Worst: Encodable {
    let segment: String
    let recall: Double
    let interval: [Double]
    let churners: Int
    let reference: Double

    init(_ worst: CauseNote.WorstSegment) {
      segment = worst.segment
      recall = worst.recall
      interval = [worst.interval.lower, worst.interval.upper]
      churners = worst.churners
      reference = worst.reference
    }
  }

  private struct Figures: Encodable {
    let value: Double?
    let reference: Double
    let scores: Parts
  }

  private let labelAgeDays: Double
  private let recall: Figures
  private let loss: Figures
  private let subjects: [Subject]
  private let worst: [Worst]

  private enum CodingKeys: String, CodingKey {
    case recall, loss, subjects
    case labelAgeDays = "label_age_days"
    case worst = "worst_segments"
  }

  init(_ note: CauseNote) {
    labelAgeDays = note.labelAge.days
    recall = Figures(
      value: note.recall,
      reference: note.referenceRecall,
      scores: Parts(note.byScores.recall)
    )
    loss = Figures(
      value: note.loss,
      reference: note.referenceLoss,
      scores: Parts(note.byScores.loss)
    )
    subjects = note.causes.map(Subject.init)
    worst = note.worst.map(Worst.init)
  }
}
