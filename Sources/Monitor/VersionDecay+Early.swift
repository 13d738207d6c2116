// SPDX-License-Identifier: Apache-2.0
import Decay
import Findings
import Profiles
import Statistics

/// What is said of a window before its labels are known.
extension VersionDecay {
  /// Why labels of a window's predictions cannot be believed; nil where they can.
  ///
  /// An outage counts where it cost the window more than a twentieth of the churners that were expected,
  /// and what was delayed has not come since.
  func outage(in range: TimeRange) -> String? {
    guard let feed, let state, !feed.outages.isEmpty else { return nil }
    let mine = pace.filter { range.contains($0.cohort) }
    func expected(_ unit: CohortTrials) -> Double {
      Double(unit.outcome.trials) * state.hazards[unit.outcome.kind]
    }
    let total = mine.reduce(0.0) { $0 + expected($1) }
    let blind = feed.blind
    let unseen = mine.filter { unit in
      blind.contains { $0.from < unit.knownAt && unit.knownAt <= $0.to }
    }
    let lost = unseen.reduce(0.0) { $0 + expected($1) - Double($1.outcome.successes) }
    guard total > 0, lost > total / 20 else { return nil }
    let spans = feed.outages.map { "from \(Self.day($0.from)) to \(Self.day($0.to))" }
    return
      "next to no churner was reported \(spans.joined(separator: " and ")): the label feed was "
      + "broken, and \(Int((100 * lost / total).rounded())) % of the expected churners are missing"
  }

  /// Returns readings of performance with those of recall, precision and prevalence as they will probably
  /// be, where labels are still to come; what the labels known so far say stands in the details.
  func provisional(_ readings: [Reading], _ range: TimeRange) -> [Reading] {
    guard
      readings.contains(where: {
        if case .immature? = $0.obstacle { true } else { false }
      }),
      let curves,
      let forecast = Provisional(
        cohorts.filter { range.contains($0.range) },
        flagged: curves.flagged,
        missed: curves.missed,
        at: until
      )
    else { return readings }
    let known = forecast.known
    return readings.map { reading in
      guard case .immature(let why)? = reading.obstacle else { return reading }
      let share: Provisional.Share?
      switch reading.check {
      case .recall: share = forecast.recall
      case .precision: share = forecast.precision
      case .prevalence: share = forecast.prevalence
      default: return reading
      }
      guard let share else { return reading }
      var told = Reading(
        reading.check,
        subject: reading.subject,
        value: share.value,
        interval: share.interval,
        reference: reading.reference,
        referenceInterval: reading.referenceInterval,
        sample: Reading.Sample(
          current: known.flagged + known.missed,
          reference: reading.sample.reference
        )
      )
      told.obstacle = .immature(
        "\(why); the value is what the churners known so far make one expect"
      )
      told.details = [Reading.Detail("expected_churners", forecast.churners)]
      if let arrived = reading.value {
        told.details.append(Reading.Detail("arrived_only", arrived))
      }
      return told
    }
  }

  /// The reading of recall by scores alone.
  func estimatedRecall(_ range: TimeRange) -> Reading {
    let sample = Reading.Sample(current: 0)
    guard let scores else {
      return Reading(
        .estimatedRecall,
        subject: Subject.scoreName,
        sample: sample,
        obstacle: .noReference("the labels of the reference are still to come, or there is none")
      )
    }
    guard
      let estimate = scores.estimate.share(cohorts.filter { range.contains($0.range) }),
      let own = scores.own
    else {
      return Reading(
        .estimatedRecall,
        subject: Subject.scoreName,
        sample: sample,
        obstacle: .noData("the scores of the window make one expect no churner")
      )
    }
    var reading = Reading(
      .estimatedRecall,
      subject: Subject.scoreName,
      value: estimate.value,
      interval: estimate.interval,
      reference: own.value,
      referenceInterval: own.interval,
      sample: Reading.Sample(
        current: Int(estimate.churners.rounded()),
        reference: Int(own.churners.rounded())
      )
    )
    reading.details = [Reading.Detail("expected_churners", estimate.churners)]
    return reading
  }
}
