// SPDX-License-Identifier: Apache-2.0
package import Alerting
package import Checks
package import Profiles

/// How detectors of decay get from what is known of labels to what they say.
extension ModelHistory {
  /// Where the labels stand that detectors read: labels that arrive in the lateness are not
  /// complete.
  package var labelsUntil: Instant { asOf.advanced(by: -plan.lateness) }

  /// Runs the detectors over labels in memory.
  ///
  /// - Parameters:
  ///   - labels: The counts of all buckets, as known at the history's moment.
  ///   - specification: What the detectors look for; nil without outcomes.
  ///   - states: Where they stood; versions that are not in it begin from the reference.
  package mutating func detectDecay(
    _ labels: [StoredBucket<LabelProfile>],
    _ specification: DecaySpecification?,
    states: [String: DecayState] = [:]
  ) {
    guard let specification else { return }
    let ages = labels.filter { $0.segment == nil }.map {
      StoredBucket(version: $0.version, segment: nil, bucket: $0.bucket, counts: $0.counts.ages)
    }
    decays = Self.cohorts(ages).reduce(into: [:]) { decays, item in
      decays[item.key] = VersionDecay(
        item.value,
        reference: references.still(for: item.key),
        specification,
        from: VersionDecay.Start(known: states[item.key], feed: feed(of: item.key, item.value)),
        until: labelsUntil,
        customers: customers.effects[item.key]?.effects
      )
    }
  }

  /// Takes the detectors from where the last check left them, and runs them on through what became
  /// known since.
  ///
  /// - Parameters:
  ///   - ages: Labels by age of all buckets.
  ///   - specification: What the detectors look for; nil without outcomes. A state that was made by
  ///     another specification starts over.
  ///   - stored: The states after the last check.
  ///   - isAdvanced: Whether to run them on; else they say what they said then.
  /// - Throws: What a state that cannot be decoded throws.
  package mutating func detectDecay(
    _ ages: [StoredBucket<LabelAges>],
    _ specification: DecaySpecification?,
    stored: [StoredDetector],
    isAdvanced: Bool
  ) throws {
    guard let specification else { return }
    decays = [:]
    for (version, cohorts) in Self.cohorts(ages) {
      let detector = stored.first { $0.version == version }
      var state: DecayState?
      if let detector, detector.specification == specification.identity.text {
        state = try DecayState(document: detector.state)
      }
      decays[version] = VersionDecay(
        cohorts,
        reference: references.still(for: version),
        specification,
        from: VersionDecay.Start(
          known: state,
          previously: detector?.previously,
          isAdvanced: isAdvanced,
          feed: feed(of: version, cohorts)
        ),
        until: isAdvanced ? labelsUntil : detector?.advancedUntil ?? asOf,
        customers: isAdvanced ? customers.effects[version]?.effects : nil
      )
    }
  }

  /// The label feed since a version's reference, by what arrived on which day; nil where that is
  /// not known.
  ///
  /// Outcomes are expected in proportion to those that the ages of all predictions make one expect,
  /// by the reference's own arrival curve.
  private func feed(of version: String, _ cohorts: [Cohort]) -> LabelFeed? {
    guard let arrivals, let horizon = plan.horizon else { return nil }
    let calendar = plan.grid.calendar
    let ranges = references.still(for: version)
    guard let from = ranges.map(\.from).min(), let to = ranges.map(\.to).max() else { return nil }
    let reference = calendar.date(at: from).dayNumber..<calendar.date(at: to).dayNumber
    var rows: [Int: Int] = [:]
    for days in activity.rowsByDay(calendar).values { rows.merge(days, uniquingKeysWith: +) }
    let pace = ArrivalPace(
      cohorts.filter { cohort in ranges.contains { $0.contains(cohort.range) } },
      horizon: horizon,
      rows: rows
    )
    return arrivals.feed(reference: reference, calendar, until: labelsUntil, pace: pace.expected)
  }

  private static func cohorts(_ labels: [StoredBucket<LabelAges>]) -> [String: [Cohort]] {
    Dictionary(grouping: labels, by: \.version).mapValues { buckets in
      buckets.map { Cohort(range: $0.bucket, ages: $0.counts) }
        .sorted { $0.range.from < $1.range.from }
    }
  }
}

extension DecaySpecification {
  /// What the detectors of a model look for: what the rules ask, else the usual; nil without
  /// outcomes.
  ///
  /// - Parameters:
  ///   - plan: Gives the horizon and the label age that is evaluated.
  ///   - rules: Of several on one detector the last one counts; a rule file refuses that they
  ///     differ.
  package init?(_ plan: EvaluationPlan, rules: [Rule]) {
    guard let horizon = plan.horizon else { return nil }
    self.init(followUp: plan.followUp, horizon: horizon)
    let usual = recallAlpha
    for rule in rules {
      switch (rule.condition.check, rule.condition.test) {
      case (.recallDecay, .drop(.absolute(let drop))):
        (self.drop, recallAlpha) = (.absolute(drop), rule.condition.alpha ?? usual)
      case (.recallDecay, .drop(.relative(let share))):
        (self.drop, recallAlpha) = (.relative(share), rule.condition.alpha ?? usual)
      case (.calibrationDecay, .change(.relative(let change))):
        (self.change, calibrationAlpha) = (change, rule.condition.alpha ?? usual)
      default: break
      }
    }
  }
}
