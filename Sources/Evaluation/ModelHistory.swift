// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// All that is known of a model's past at one moment: what an evaluation reads.
///
/// A check, a replay and a report evaluate alike and differ only in how they load this. It is
/// filled in this order, each part from those before it: activity, reference (`settle`), customers,
/// training rows, detectors, and last the counts of the windows that are to be evaluated.
package struct ModelHistory: Sendable {
  package let plan: EvaluationPlan
  /// The bins in which everything is counted.
  package let bins: Bins
  /// The moment of which the history speaks.
  package let asOf: Instant
  /// The end of the newest closed bucket.
  package let closed: Instant
  /// What was wrong with the input.
  package var issues: [DataIssue] = []
  /// Features without a usable column now, and why.
  package var absences: [String: String] = [:]
  /// Which versions scored when.
  package var activity = ActivityIndex([])
  package var references: ReferenceRanges
  /// What repeated customers do to intervals, and how many customers were scored.
  package var customers = CustomerStatistics()
  /// What training rows look like; empty where the reference is something else.
  package var training: TrainingProfiles = [:]
  /// Outcomes by the day of their arrival; nil where that is not known.
  package var arrivals: LabelArrivals?
  /// What the detectors of each version say.
  package var decays: [String: VersionDecay] = [:]
  /// The counts of the windows to be evaluated, and of the reference.
  package var series: ModelSeries
  /// Who was treated; nil where no campaign is named.
  package var treatments: TreatmentSeries?

  /// The bins with what evaluations say of them.
  package struct Bins: Sendable {
    package let binning: Binning
    /// Counts up from 1 for each model.
    package let number: Int
    package let referenceRows: Int
    /// Where counts in these bins begin.
    package let keptFrom: Instant

    package init(_ binning: Binning, number: Int, referenceRows: Int, keptFrom: Instant) {
      self.binning = binning
      self.number = number
      self.referenceRows = referenceRows
      self.keptFrom = keptFrom
    }
  }

  package init(
    _ plan: EvaluationPlan,
    _ bins: Bins,
    references: ReferenceRanges,
    asOf: Instant,
    closed: Instant
  ) {
    self.plan = plan
    self.bins = bins
    self.references = references
    self.asOf = asOf
    self.closed = closed
    series = ModelSeries(bins.binning, features: [], labels: [], outcomes: [])
  }

  /// Takes in which versions scored when, and settles which weeks new versions are compared with.
  package mutating func settle(_ activity: ActivityIndex) {
    self.activity = activity
    references.settle(activity, keptFrom: bins.keptFrom, until: closed)
  }

  /// The versions with rows in the newest window of the first kind.
  package var versionsInNewestWindow: [String] {
    guard let kind = plan.windows.first,
      let last = plan.grid.lastWindow(kind, endingBy: closed)
    else { return [] }
    return activity.versions(in: last)
  }
}

extension ModelHistory {
  /// What is said of a version that should have been switched off; nil where there is none.
  package var lingeringVersion: DataIssue? {
    guard let kind = plan.windows.first, let last = plan.grid.lastWindow(kind, endingBy: closed),
      let (old, share, new) = activity.lingering(in: last)
    else { return nil }
    return DataIssue(
      .lingeringVersion,
      subject: old,
      message: "still makes \(NumberText.text(100 * share)) % of the predictions though \(new) has "
        + "taken over: should it have been switched off?"
    )
  }
}
