// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Statistics

/// How much the reference's own windows differ in performance.
extension Measurement {
  /// By how much a measure differs between windows of the reference beyond sampling, and how many
  /// windows say so.
  struct Seasons {
    let deviation: Double
    let windows: Int

    /// What a window may differ from the whole reference by, on either side, at the confidence of
    /// printed intervals.
    var width: Double {
      StudentT(degreesOfFreedom: Double(windows - 1))
        .quantile(1 - (1 - Confidence.standard) / 2) * deviation
        * (1 + 1 / Double(windows)).squareRoot()
    }
  }

  /// Windows that a reference needs to show seasons, and at most so many are measured.
  private static let (fewestWindows, mostWindows) = (4, 30)
  /// How surely windows must differ beyond sampling.
  private static let certainty = 0.9

  /// Returns by how much each measure of performance differs between the reference's windows of a
  /// kind, by the variance between them less that of sampling; empty where it has fewer than four
  /// with final labels, or no rule asks, and without a measure that chance explains.
  ///
  /// - Complexity: O(windows · (buckets · bins + measures · bins)).
  func makeSeasons(_ key: ModelSeries.Key, _ kind: WindowSpec) -> [CheckName: Seasons] {
    let isAsked = rules.rules.contains {
      $0.condition.check.definition.kind == .performance
        && ($0.condition.window.map { $0 == kind } ?? true)
    }
    guard isAsked, let mine = series.series[key], history.plan.hasOutcomes else { return [:] }
    let all = references.still(for: key.version).flatMap {
      history.plan.grid.adjacentWindows(kind, inside: $0)
    }
    let step = max(1, all.count / Self.mostWindows)
    var values: [CheckName: [(value: Double, variance: Double)]] = [:]
    for window in stride(from: 0, to: all.count, by: step).map({ all[$0] }) {
      let labels = mine.labels(in: window)
      guard labels.isMature, labels.labelled > 0 else { continue }
      let scores = LabelledScores(
        labels,
        binning: binning.score,
        design: customers.design(key.version, kind)
      )
      for reading in PerformanceRoster.readings(scores, with: nil) {
        guard let value = reading.value, let interval = reading.interval else { continue }
        let error =
          (interval.upper - interval.lower) / 2 / Normal.halfWidth(confidence: Confidence.standard)
        values[reading.check, default: []].append((value, error * error))
      }
    }
    return values.compactMapValues { found in
      guard found.count >= Self.fewestWindows else { return nil }
      let count = Double(found.count)
      let mean = found.reduce(0) { $0 + $1.value } / count
      let total = found.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / (count - 1)
      let sampling = found.reduce(0) { $0 + $1.variance } / count
      // Chance alone makes them differ by more than sampling half of the time.
      let freedom = count - 1
      let shown = ChiSquared(degreesOfFreedom: freedom).quantile(Self.certainty) / freedom
      guard total > shown * sampling else { return nil }
      return Seasons(deviation: (total - sampling).squareRoot(), windows: found.count)
    }
  }

  /// Returns readings of performance with the reference's interval as wide as its own windows
  /// differ.
  func seasonal(_ readings: [Reading], _ kind: WindowSpec, of key: ModelSeries.Key) -> [Reading] {
    guard let seasons = seasons[key]?[kind], !seasons.isEmpty else { return readings }
    return readings.map { reading in
      guard let width = seasons[reading.check]?.width, let reference = reading.reference,
        let interval = reading.referenceInterval
      else { return reading }
      func end(_ own: Double) -> Double { (own * own + width * width).squareRoot() }
      var reading = reading
      reading.referenceInterval = Interval(
        lower: reference - end(reference - interval.lower),
        upper: reference + end(interval.upper - reference)
      ).clamped(to: reading.check.definition.unit.range)
      reading.details.append(Reading.Detail("reference_spread", width))
      return reading
    }
  }
}
