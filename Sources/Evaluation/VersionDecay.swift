// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles
import Statistics

/// What the detectors of one version say, at one moment.
package struct VersionDecay: Sendable {
  /// Nil where there is nothing to compare with, or not yet.
  package let state: DecayState?
  /// Why not.
  private let obstacle: String
  package let specification: DecaySpecification
  /// Until when the stored state had evaluated labels; nil where there was none.
  private let previously: Instant?
  package let until: Instant
  /// All cohorts of the version, and those after the reference.
  package let all: [Cohort]
  let cohorts: [Cohort]
  /// When the usual churner becomes known, of those who were flagged and of others; nil without a
  /// reference.
  let curves: (flagged: ArrivalCurve, unflagged: ArrivalCurve)?
  /// Recall by scores alone, and what it says of the reference itself; nil while labels of the
  /// reference can still come.
  let scores:
    (estimate: RecallEstimate, own: (value: Double, interval: Interval, churners: Double)?)?
  let feed: LabelFeed?
  private let recall: [CohortTrials]
  private let calibration: [CohortTrials]
  let pace: [CohortTrials]

  /// Churners of each kind that an arrival curve needs.
  private static let fewestForCurve = 30

  /// Where the detectors of a version stood before.
  package struct Start: Sendable {
    /// The state after the last time; nil begins from the reference.
    package var known: DecayState?
    /// Until when the stored state had evaluated labels; nil where none is stored.
    package var previously: Instant?
    /// Whether to evaluate more than the state has.
    package var isAdvanced = true
    /// The label feed by what arrived; nil where that is not known.
    package var feed: LabelFeed?

    package init(
      known: DecayState? = nil,
      previously: Instant? = nil,
      isAdvanced: Bool = true,
      feed: LabelFeed? = nil
    ) {
      self.feed = feed
      self.known = known
      self.previously = previously
      self.isAdvanced = isAdvanced
    }
  }

  /// Evaluates what became known since the last time.
  ///
  /// - Parameters:
  ///   - cohorts: All cohorts of the version, one for each bucket, in order of time.
  ///   - reference: The version's ranges; cohorts inside are compared with, those after are
  ///     evaluated.
  ///   - specification: What is tolerated, and at which label age.
  ///   - start: Where the detectors stood.
  ///   - moment: Until when labels are known.
  ///   - customers: What repeated customers do to dispersions; nil where nobody repeats.
  /// - Complexity: O(cohorts · strata · score groups).
  package init(
    _ cohorts: [Cohort],
    reference: [TimeRange],
    _ specification: DecaySpecification,
    from start: Start = Start(),
    until moment: Instant,
    customers: CustomerEffects? = nil
  ) {
    self.specification = specification
    previously = start.previously
    until = moment
    let end = reference.map(\.to).max() ?? .distantPast
    let later = cohorts.filter { $0.range.from >= end }
    self.cohorts = later
    all = cohorts
    let own = cohorts.filter { cohort in reference.contains { $0.contains(cohort.range) } }
    if !own.isEmpty, end.advanced(by: specification.horizon) <= moment {
      let estimate = RecallEstimate(own)
      scores = (estimate, estimate.share(own))
    } else {
      scores = nil
    }
    let flagged = ArrivalCurve(own, .flagged, horizon: specification.horizon, knownBy: moment)
    let unflagged = ArrivalCurve(own, .unflagged, horizon: specification.horizon, knownBy: moment)
    // A curve that does not reach the horizon, or rests on a few, says nothing of what is to come.
    curves =
      flagged.isWhole && min(flagged.churners, unflagged.churners) >= Self.fewestForCurve
      ? (flagged, unflagged) : nil
    var state = start.known
    var obstacle = "no check has evaluated it yet"
    if state == nil, start.isAdvanced {
      do throws(DecayObstacle) {
        guard own.contains(where: { !$0.ages.isZero }) else {
          throw DecayObstacle(reason: "there is no reference for this version's labels")
        }
        let floors = customers?.floors ?? (1, 1)
        state = try DecayState(
          reference: own,
          after: end,
          specification,
          asOf: moment,
          floors: floors
        )
      } catch {
        obstacle = error.reason
      }
    }
    if start.isAdvanced { state?.advance(later, until: moment, feed: start.feed) }
    self.state = state
    self.obstacle = obstacle
    recall = state?.recallLayout.units(later, knownBy: moment) ?? []
    calibration = state?.calibrationLayout.units(later, knownBy: moment) ?? []
    let pace = state?.paceLayout.units(later, knownBy: moment) ?? []
    feed = start.feed ?? state?.feed(pace, until: moment)
    self.pace = pace
  }

  /// Returns the state to store; nil where there is none, or nothing new.
  ///
  /// - Throws: What a number that JSON cannot hold throws.
  package func stored(version: String) throws -> StoredDetector? {
    guard let state, previously.map({ $0 < until }) ?? true else { return nil }
    return StoredDetector(
      version: version,
      specification: specification.identity.text,
      advancedUntil: until,
      state: try state.document(),
      previously: previously
    )
  }

  /// Returns the readings of a window: decay of its recall and calibration, the labels that arrived
  /// in it, and recall as scores alone make one expect it; four, whether they have a value or not.
  package func readings(_ range: TimeRange) -> [Reading] {
    [
      recallReading(range), calibrationReading(range), feedReading(range), estimatedRecall(range),
    ]
  }

  private func without(_ check: CheckName, _ subject: String) -> Reading {
    Reading(
      check,
      subject: subject,
      sample: Reading.Sample(current: 0),
      obstacle: .noReference(obstacle)
    )
  }

  private func recallReading(_ range: TimeRange) -> Reading {
    guard let state else { return without(.recallDecay, Subject.scoreName) }
    let mine = outcomes(recall, in: range, detector: state.recall)
    let hits = mine.reduce(0) { $0 + $1.successes }
    let hypotheses = state.recall.hypotheses
    guard let share = Proportion(hits, of: mine.reduce(0) { $0 + $1.trials }) else {
      return nothing(.recallDecay, in: range, state)
    }
    let churners = Double(share.trials)
    func mean(_ rates: [Double]) -> Double {
      mine.reduce(0) { $0 + Double($1.trials) * rates[$1.kind] } / churners
    }
    let rates = state.recallRates
    let sample = rates.trials.reduce(0, +)
    let expected = min(1, max(0, mean(hypotheses.reference)))
    var reading = Reading(
      .recallDecay,
      subject: Subject.scoreName,
      value: share.value,
      interval: share.wilsonInterval(),
      reference: expected,
      referenceInterval: Proportion(Int((expected * Double(sample)).rounded()), of: sample)?
        .wilsonInterval(),
      sample: Reading.Sample(current: share.trials, reference: sample)
    )
    reading.detector = status(
      state.recall,
      range,
      boundary: mean(hypotheses.alternatives[0].boundary)
    )
    reading.details = details(state, state.recall)
    return reading
  }

  private func calibrationReading(_ range: TimeRange) -> Reading {
    guard let state else { return without(.calibrationDecay, Subject.scoreName) }
    let mine = outcomes(calibration, in: range, detector: state.calibration)
    let rates = state.calibration.hypotheses.reference
    let expected = mine.reduce(0) { $0 + Double($1.trials) * rates[$1.kind] }
    guard expected >= 1 else { return nothing(.calibrationDecay, in: range, state) }
    let churned = mine.reduce(0) { $0 + $1.successes }
    let sample = state.calibrationRates.successes.reduce(0, +)
    let ratio = Double(churned) / expected
    var reading = Reading(
      .calibrationDecay,
      subject: Subject.scoreName,
      value: ratio,
      interval: ObservedToExpected.interval(
        observed: churned,
        expected: expected,
        dispersion: state.calibrationRates.dispersion,
        reference: Double(sample)
      ),
      reference: 1,
      sample: Reading.Sample(current: churned, reference: sample)
    )
    let bound = 1 + specification.change
    reading.detector = status(state.calibration, range, boundary: ratio < 1 ? 1 / bound : bound)
    reading.details = [Reading.Detail("expected", expected)] + details(state, state.calibration)
    return reading
  }

  private func feedReading(_ range: TimeRange) -> Reading {
    guard let feed else { return without(.labelFeed, Subject.outcomeName) }
    // Of the newest window all that arrived since its start, so that a feed that stops is found at
    // once.
    let length = FixedDuration(microseconds: range.to.microseconds - range.from.microseconds)
    let isNewest = range.to.advanced(by: length) > until
    let end = isNewest ? max(until, range.to) : range.to
    // Where files come weekly or monthly, a day is judged with the last of them.
    let arrivals = TimeRange(from: min(range.from, end.advanced(by: -feed.period)), to: end)
    let isBetween = { (outage: TimeRange) in
      arrivals.map { $0.overlaps(outage) && feed.period == .zero } ?? false
    }
    let outage = feed.outages.last(where: isBetween)
    guard let span = outage ?? arrivals,
      let (value, interval, arrived, expected) = feed.ratio(in: span)
    else {
      return Reading(
        .labelFeed,
        subject: Subject.outcomeName,
        sample: Reading.Sample(current: 0),
        obstacle: .noData("no churner was expected to become known in the window")
      )
    }
    var reading = Reading(
      .labelFeed,
      subject: Subject.outcomeName,
      value: value,
      interval: interval,
      reference: 1,
      sample: Reading.Sample(
        current: arrived,
        reference: feed.referenceSample
      )
    )
    let negatives = state?.negatives(cohorts, in: span) ?? 0
    reading.details = [
      Reading.Detail("expected", expected), Reading.Detail("negatives", Double(negatives)),
    ]
    if isNewest, feed.hasRecovered {
      reading.details.append(Reading.Detail(LabelFeed.recovered, 1))
    }
    reading.note =
      (outage.map { "from \(Self.day($0.from)) to \(Self.day($0.to)) " } ?? "")
      + Self.feedNote(arrived, expected, negatives: negatives)
    return reading
  }

  private static func feedNote(_ arrived: Int, _ expected: Double, negatives: Int) -> String {
    let text =
      "\(NumberText.grouped(arrived)) churners became known where "
      + "\(NumberText.grouped(Int(expected.rounded()))) were expected"
    guard Double(arrived) < expected / 10 else { return text }
    return negatives > 0
      ? text + ": of \(NumberText.grouped(arrived + negatives)) outcomes next to all say no churn"
      : text + ", and no other outcomes either: the feed has stopped"
  }

  private func nothing(_ check: CheckName, in range: TimeRange, _ state: DecayState) -> Reading {
    let isEmpty = !cohorts.contains { range.contains($0.range) }
    return Reading(
      check,
      subject: Subject.scoreName,
      sample: Reading.Sample(current: 0),
      obstacle: isEmpty
        ? .noData("there are no predictions in the window that could be compared")
        : .immature("no churner of the window is known by age \(state.followUp) yet")
    )
  }

  private func status(_ detector: SequentialDetector, _ range: TimeRange, boundary: Double)
    -> DetectorStatus
  {
    let episode = detector.episodes.last { $0.concerns(range) }
    return DetectorStatus(
      boundary: boundary,
      evidence: episode == nil || episode == detector.current
        ? detector.evidence : 1 / detector.alpha,
      alpha: detector.alpha,
      seen: detector.trials,
      hasNoPower: detector.hypotheses.hasNoPower,
      alarm: episode.map {
        DetectorStatus.Alarm(since: $0.since, detectedAt: $0.detectedAt, until: $0.until)
      }
    )
  }

  private func details(_ state: DecayState, _ detector: SequentialDetector) -> [Reading.Detail] {
    [
      Reading.Detail("evidence", detector.evidence),
      Reading.Detail("label_age_days", state.followUp.days),
      Reading.Detail("dispersion", detector.hypotheses.dispersion),
      Reading.Detail("seen", Double(detector.trials)),
    ]
  }

  static func day(_ instant: Instant) -> Substring { instant.description.prefix(10) }
}
