// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
import Profiles
import Simulator
import TabularModels

/// One case with one seed, and what was said of it.
package struct DiagnosisTrial: Sendable {
  package let name: String
  package let size: String
  package let seed: Int
  package let answer: DiagnosisCase.Answer
  package let onset: Int
  /// The day before which nothing happens.
  package let quietUntil: Int
  /// What was true of the model, by all labels: of its reference, and of what came after the onset.
  package let truth: (before: SimulatedLog.Truth, after: SimulatedLog.Truth)
  package let days: [DiagnosisRun.Day]

  /// Simulates a case and checks it day by day.
  ///
  /// - Parameters:
  ///   - item: The case.
  ///   - seed: Of the operator and of the onset's day.
  ///   - rules: As a check applies them.
  package init(_ item: DiagnosisCase, seed: Int, rules: [Rule]) {
    let log = Self.log(item, seed: seed)
    name = item.name
    size = item.size
    self.seed = seed
    answer = item.answer
    onset = DiagnosisCase.onset(seed: seed)
    quietUntil =
      item.answer.names.isEmpty
      ? onset
      : item.incidents(onset).map(\.from.dayNumber).min() ?? onset
    truth = (log.truth(nil), log.truth(onset..<(onset + 90)))
    let end = DiagnosisCase.start.firstOfMonth(plus: DiagnosisCase.months).dayNumber
    let first = DiagnosisCase.start.firstOfMonth(plus: DiagnosisCase.referenceMonths).dayNumber + 1
    days =
      DiagnosisRun(
        log,
        rules: rules,
        horizon: FixedDuration(days: SimulatedOperator.horizonDays),
        days: first...min(end, onset + DiagnosisCase.followed)
      ).days
  }

  /// The log of a case.
  package static func log(_ item: DiagnosisCase, seed: Int) -> SimulatedLog {
    var calendar = item.calendar(seed: seed)
    let onset = CivilDate(dayNumber: DiagnosisCase.onset(seed: seed))
    var simulated = SimulatedOperator(calendar)
    switch item.change {
    case .none: break
    case .badVersion(let misreading):
      let champion = simulated.models[0].model
      simulated.retire(SimulatedOperator.champion, from: onset)
      simulated.adopt("lr-2", from: onset) { features, _ in
        champion.probability(misreading.misread(features).inputs)
      }
    case .recallFalls(let drop):
      let quiet = SimulatedLog(simulated, reference: DiagnosisCase.referenceMonths)
      // A score that is another's flags a churner as often as anybody.
      let truth = quiet.truth(nil)
      let share = drop / (truth.recall - truth.flagged)
      calendar.incidents.append(Incident(.rankingFades, from: onset, size: min(1, share)))
      simulated = SimulatedOperator(calendar)
    }
    return SimulatedLog(
      simulated,
      reference: DiagnosisCase.referenceMonths,
      delivery: item.delivery
    )
  }
}

extension DiagnosisCase.Misreading {
  fileprivate func misread(_ features: Features) -> Features {
    var features = features
    features.contract = 2 - features.contract
    if self == .contractAndPayment { features.payment = 3 - features.payment }
    return features
  }
}

/// How what was said compares with the right answer.
extension DiagnosisTrial {
  /// Actions that change something: `nothing` and `watch` do not.
  private static let remedies: Set<Advice.Action> = [
    .fixData, .fixLabels, .recalibrate, .retrain, .rollback,
  ]

  /// Whether a finding is one of those that name the incident; a column is named by any check of
  /// it.
  private func isNamed(_ cause: Advice.Cause?) -> Bool {
    guard let cause else { return false }
    return answer.names.contains { name in
      name == cause
        || name.subject == cause.subject && name.check.definition.kind == .dataDrift
          && cause.check.definition.kind == .dataDrift
    }
  }

  private var after: [DiagnosisRun.Day] { days.filter { $0.day > onset } }

  /// Days from the onset to the first alert that names the incident; nil where none did.
  package func daysToAlert(_ rules: [Rule]) -> Int? {
    let checks = Dictionary(rules.map { ($0.name, $0.condition.check) }) { first, _ in first }
    return after.first { day in
      day.begun.contains { key in
        checks[key.rule].map { isNamed(Advice.Cause($0, of: key.subject)) } ?? false
      }
    }.map { $0.day - onset }
  }

  /// Days from the onset to the first advice that is right; nil where there was none.
  package var daysToAdvice: Int? {
    after.first { $0.advice?.action == answer.action }.map { $0.day - onset }
  }

  /// Whether the first right advice rests on a finding that names the incident; where nothing is to
  /// be done, whether no other finding was blamed.
  package var isNameRight: Bool {
    guard let action = answer.action else {
      return after.allSatisfy { day in
        guard let advice = day.advice, advice.action != .nothing, !answer.names.isEmpty else {
          return true
        }
        return isNamed(advice.cause)
      }
    }
    return after.first { $0.advice?.action == action }.map { isNamed($0.advice?.cause) } ?? false
  }

  /// Whether the right remedy was advised, and on no day one that is wrong.
  package var isRemedyRight: Bool {
    wrongAdvice.isEmpty && (answer.action == nil || daysToAdvice != nil)
  }

  /// The days after the onset on which something was advised that is wrong.
  package var wrongAdvice: [DiagnosisRun.Day] {
    let right = answer.besides.union(answer.action.map { [$0] } ?? [])
    return after.filter { day in
      day.advice.map { Self.remedies.contains($0.action) && !right.contains($0.action) } ?? false
    }
  }

  /// Alerts of a warning and more that began before anything happened.
  package var falseAlerts: [(day: Int, key: AlertKey)] {
    days.filter { $0.day <= quietUntil }.flatMap { day in day.begun.map { (day.day, $0) } }
  }

  /// Days before the onset on which something was advised.
  package var falseAdvice: [DiagnosisRun.Day] {
    days.filter { day in
      day.day <= quietUntil && day.advice.map { Self.remedies.contains($0.action) } ?? false
    }
  }
}
