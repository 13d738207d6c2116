// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics

/// What is said of a window before its labels are known.
extension VersionDecay {
  /// Why labels of a window's predictions cannot be believed; nil where they can.
  ///
  /// Where outages cost the window more than a twentieth of its churners: the share that is usually
  /// known in the ages at which they fell, of which a part came later after all, as far as the
  /// labels that are evaluated show.
  func outage(in range: TimeRange) -> String? {
    guard let feed, let state, let curves, !feed.outages.isEmpty else { return nil }
    let blind = feed.blind(state.recallLayout.bins)
    var (expected, arrived) = (0.0, 0.0)
    for unit in pace
    where blind.contains(where: { $0.from < unit.knownAt && unit.knownAt <= $0.to }) {
      expected += Double(unit.outcome.trials) * state.hazards[unit.outcome.kind]
      arrived += Double(unit.outcome.successes)
    }
    guard expected > arrived else { return nil }
    let lostPart = (expected - arrived) / expected
    let (churners, others) = (Double(curves.flagged.churners), Double(curves.unflagged.churners))
    func known(_ cohort: Cohort, at moment: Instant) -> Double {
      let last = curves.flagged.known.indices.last {
        cohort.isKnown($0, at: moment, horizon: specification.horizon)
      }
      guard let last else { return 0 }
      return (churners * curves.flagged.known[last] + others * curves.unflagged.known[last])
        / (churners + others)
    }
    var (lost, rows) = (0.0, 0.0)
    for cohort in cohorts where range.contains(cohort.range) {
      let count = Double(LabelAges.Decision.allCases.reduce(0) { $0 + cohort.ages.predictions($1) })
      rows += count
      for outage in feed.outages {
        lost += count * (known(cohort, at: outage.to) - known(cohort, at: outage.from))
      }
    }
    lost *= lostPart
    guard rows > 0, lost > rows / 20 else { return nil }
    let spans = feed.outages.map { "from \(Self.day($0.from)) to \(Self.day($0.to))" }
    return
      "next to no churner was reported \(spans.joined(separator: " and ")): the label feed was "
      + "broken, and about \(Int((100 * lost / rows).rounded())) % of the churners are missing"
  }

  /// Returns readings of performance with those of recall, precision and prevalence as they will
  /// probably be, where labels are still to come; what the labels known so far say stands in the
  /// details.
  func provisional(_ readings: [Reading], _ range: TimeRange) -> [Reading] {
    guard
      readings.contains(where: {
        if case .immature? = $0.obstacle { true } else { false }
      }),
      let curves,
      let forecast = Provisional(
        cohorts.filter { range.contains($0.range) },
        flagged: curves.flagged,
        unflagged: curves.unflagged,
        horizon: specification.horizon,
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
      var provisional = Reading(
        reading.check,
        subject: reading.subject,
        value: share.value,
        interval: share.interval,
        reference: reading.reference,
        referenceInterval: reading.referenceInterval,
        sample: Reading.Sample(
          current: known.flagged + known.unflagged,
          reference: reading.sample.reference
        )
      )
      provisional.obstacle = .immature(
        "\(why); the value is what the churners known so far make one expect"
      )
      provisional.details = [Reading.Detail("expected_churners", forecast.churners)]
      if let arrived = reading.value {
        provisional.details.append(Reading.Detail("arrived_only", arrived))
      }
      provisional.details.append(Reading.Detail("missing_as_negative", share.missingAsNegative))
      return provisional
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

  /// Returns the window's trials; where none is known yet and an alarm concerns the window, those
  /// of the alarm.
  func outcomes(
    _ units: [CohortTrials],
    in range: TimeRange,
    detector: SequentialDetector
  ) -> [Hypotheses.Outcome] {
    let mine = units.filter { range.contains($0.cohort) }
    guard mine.isEmpty,
      let episode = detector.episodes.last(where: { $0.concerns(range) })
    else { return mine.map(\.outcome) }
    return units.filter { unit in
      unit.cohort >= episode.since && episode.until.map { unit.cohort < $0 } ?? true
    }.map(\.outcome)
  }
}
