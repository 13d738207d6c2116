// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles
package import Simulator
private import Glibc

/// A simulated operator's log in memory: its predictions counted by day, and its outcomes as they
/// become known.
///
/// It stands for the tables that a check reads: the same bins, counts and labels, without a server.
package struct SimulatedLog: Sendable {
  /// Prediction as labels need it.
  private struct Row: Sendable {
    let time: Int64
    let score: Double
    let bin: Int
    let isFlagged: Bool
    /// The customer's place among those with reports; −1 for those without.
    let reports: Int
  }

  /// One day of one version.
  private struct Day: Sendable {
    let version: String
    let bucket: TimeRange
    let features: FeatureProfile
    let rows: [Row]
    /// The labels, once they can change no more.
    var settled: LabelProfile?
  }

  package let binning: Binning
  /// The reference, in which the bins were made.
  package let reference: TimeRange
  package let referenceRows: Int
  private var days: [Day] = []
  /// Reports by customer, in order of time.
  private let reports: [[(time: Int64, hasChurned: Bool)]]
  private let horizon = FixedDuration(days: SimulatedOperator.horizonDays)

  /// How the operator's data are delivered.
  package enum Delivery: String, Sendable, CaseIterable {
    /// Churners as they become known.
    case daily
    /// Files with the churners of a month on the first of the next.
    case monthly
  }

  /// A log of all months of an operator.
  ///
  /// - Parameters:
  ///   - simulated: An operator before its first month.
  ///   - months: How many months are the reference.
  ///   - delivery: When reports are known.
  /// - Complexity: O(predictions · features).
  package init(
    _ simulated: SimulatedOperator,
    reference months: Int,
    delivery: Delivery = .daily
  ) {
    var simulated = simulated
    let calendar = simulated.calendar
    let made = Self.rows(&simulated, delivery)
    let (from, to) = (
      Self.start(calendar.start), Self.start(calendar.start.firstOfMonth(plus: months))
    )
    guard let reference = TimeRange(from: from, to: to) else {
      preconditionFailure("a reference has months")
    }
    self.reference = reference
    reports = made.reports
    let inside = made.predictions.filter { reference.contains($0.time) }
    referenceRows = inside.count
    let scores = inside.map(\.score).sorted()
    let threshold = scores[scores.count - scores.count / 10]
    binning = LogBins.binning(inside, threshold: threshold)
    let counter = LogBins(binning)
    let byDay = Dictionary(grouping: made.predictions) { row in
      DayKey(version: row.version, day: Int(row.time.microseconds / FixedDuration.day.microseconds))
    }
    for (key, predictions) in byDay.sorted(by: {
      ($0.key.day, $0.key.version) < ($1.key.day, $1.key.version)
    }) {
      let date = CivilDate(dayNumber: key.day)
      guard
        let bucket = TimeRange(
          from: Self.start(date),
          to: Self.start(CivilDate(dayNumber: key.day + 1))
        )
      else { continue }
      let rows = predictions.map { row in
        Row(
          time: row.time.microseconds,
          score: row.score,
          bin: binning.score.bin(of: row.score),
          isFlagged: row.score >= threshold,
          reports: made.places[row.customer] ?? -1
        )
      }
      days.append(
        Day(
          version: key.version,
          bucket: bucket,
          features: counter.profile(predictions),
          rows: rows
        )
      )
    }
  }

  private struct DayKey: Hashable {
    let version: String
    let day: Int
  }

  private static func start(_ date: CivilDate) -> Instant {
    Instant(microseconds: Int64(date.dayNumber) * FixedDuration.day.microseconds)
  }

  /// Everything that the operator logs, with the reports of each customer.
  private static func rows(
    _ simulated: inout SimulatedOperator,
    _ delivery: Delivery
  ) -> (
    predictions: [ScoredCustomer], reports: [[(time: Int64, hasChurned: Bool)]],
    places: [String: Int]
  ) {
    var predictions: [ScoredCustomer] = []
    var outcomes: [OutcomeReport] = []
    for _ in 0..<simulated.calendar.months {
      simulated.advance()
      for day in SimulatedOperator.scoringDays {
        predictions += simulated.predictions(onDay: day)
      }
      let days = simulated.firstDate.firstOfMonth(plus: 1).dayNumber - simulated.firstDate.dayNumber
      for day in 1...days { outcomes += simulated.outcomes(ofDay: day) }
    }
    var places: [String: Int] = [:]
    var reports: [[(time: Int64, hasChurned: Bool)]] = []
    for outcome in outcomes {
      let place = places[outcome.customer] ?? reports.count
      if place == reports.count {
        places[outcome.customer] = place
        reports.append([])
      }
      var time = outcome.time
      if delivery == .monthly {
        let day = CivilDate(dayNumber: Int(time.microseconds / FixedDuration.day.microseconds))
        // The file is there at three in the morning of the first.
        time = start(day.firstOfMonth(plus: 1)).advanced(
          by: FixedDuration(microseconds: 3 * 3_600_000_000)
        )
      }
      reports[place].append((time.microseconds, outcome.hasChurned))
    }
    for place in reports.indices { reports[place].sort { $0.time < $1.time } }
    return (predictions, reports, places)
  }

  // MARK: The truth

  /// What is true of predictions, by all that is reported in the end.
  package struct Truth: Sendable {
    /// Churners who are flagged, and customers.
    package let recall: Double
    package let flagged: Double
    /// Churners for each that the scores promise.
    package let observedToExpected: Double
  }

  /// What is true of the predictions of some days, by day number; nil for the reference's.
  package func truth(_ range: Range<Int>?) -> Truth {
    let rows = days.filter { day in
      guard let range else { return reference.contains(day.bucket) }
      return range.contains(Int(day.bucket.from.microseconds / FixedDuration.day.microseconds))
    }.flatMap(\.rows)
    var (churners, found, flagged, expected) = (0, 0, 0, 0.0)
    for row in rows {
      expected += row.score
      flagged += row.isFlagged ? 1 : 0
      guard label(of: row, asOf: .max).label == true else { continue }
      churners += 1
      found += row.isFlagged ? 1 : 0
    }
    return Truth(
      recall: Double(found) / Double(max(1, churners)),
      flagged: Double(flagged) / Double(max(1, rows.count)),
      observedToExpected: Double(churners) / max(1e-9, expected)
    )
  }

  // MARK: What is known when

  /// The counts of days that are over at a moment.
  package func features(until closed: Instant) -> [StoredBucket<FeatureProfile>] {
    days.prefix { $0.bucket.to <= closed }.map {
      StoredBucket(version: $0.version, segment: nil, bucket: $0.bucket, counts: $0.features)
    }
  }

  /// What is known of the labels of those days at a moment; moments must ascend.
  ///
  /// - Complexity: O(predictions of the last horizon).
  package mutating func labels(asOf moment: Instant) -> [StoredBucket<LabelProfile>] {
    var found: [StoredBucket<LabelProfile>] = []
    for index in days.indices {
      let day = days[index]
      guard day.bucket.to <= moment else { break }
      let counts: LabelProfile
      if let settled = day.settled {
        counts = settled
      } else {
        counts = labels(of: day.rows, asOf: moment.microseconds)
        if day.bucket.to.advanced(by: horizon) < moment { days[index].settled = counts }
      }
      found.append(
        StoredBucket(version: day.version, segment: nil, bucket: day.bucket, counts: counts)
      )
    }
    return found
  }

  /// How many reports had arrived on each day at a moment.
  package func arrivals(asOf moment: Instant) -> LabelArrivals {
    var arrivals = LabelArrivals()
    for report in reports.joined() where report.time < moment.microseconds {
      let day = Int(report.time / FixedDuration.day.microseconds)
      if report.hasChurned {
        arrivals.days[day, default: LabelArrivals.Day()].positives += 1
      } else {
        arrivals.days[day, default: LabelArrivals.Day()].negatives += 1
      }
    }
    return arrivals
  }

  private func labels(of rows: [Row], asOf moment: Int64) -> LabelProfile {
    var profile = LabelProfile(binCount: binning.score.binCount)
    let (groups, smallest) = (binning.score.groupCount, LabelProfile.smallestProbability)
    for row in rows {
      let (label, isFinal, knownAt) = label(of: row, asOf: moment)
      let prediction = ScoredPrediction(
        score: row.score,
        bin: row.bin,
        isFlagged: row.isFlagged,
        logLoss: label.map { -log(max($0 ? row.score : 1 - row.score, smallest)) } ?? 0
      )
      profile.count(prediction, label: label, isFinal: isFinal)
      let stratum =
        knownAt.map { LabelAge.stratum(seconds: Double($0 - row.time) / 1e6) } ?? LabelAge.byAbsence
      profile.ages.count(
        group: binning.score.group(ofBin: row.bin),
        of: groups,
        isFlagged: row.isFlagged,
        label: label.map { ($0 ? .positive : .negative, stratum: stratum) },
        weight: 1
      )
    }
    return profile
  }

  /// The label at a moment, whether it can change no more, and when a report said it: the latest
  /// report within the horizon counts, and who has none by then has stayed.
  private func label(
    of row: Row,
    asOf moment: Int64
  ) -> (label: Bool?, isFinal: Bool, knownAt: Int64?) {
    let end = row.time + horizon.microseconds
    let isOver = end < moment
    var (yes, no, firstYes, firstNo): (Int64?, Int64?, Int64?, Int64?)
    if row.reports >= 0 {
      for report in reports[row.reports]
      where row.time < report.time && report.time <= end && report.time < moment {
        if report.hasChurned {
          (firstYes, yes) = (firstYes ?? report.time, report.time)
        } else {
          (firstNo, no) = (firstNo ?? report.time, report.time)
        }
      }
    }
    guard yes != nil || no != nil else { return (isOver ? false : nil, isOver, nil) }
    let hasChurned = (yes ?? .min) > (no ?? .min)
    let known =
      no == nil ? firstYes : yes == nil ? firstNo : max(yes ?? 0, no ?? 0)
    return (hasChurned, isOver || hasChurned, known)
  }
}
