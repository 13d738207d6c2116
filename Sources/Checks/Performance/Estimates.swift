// SPDX-License-Identifier: Apache-2.0
package import Profiles
import Statistics

/// What AUC and prevalence probably are, before any label is known: each prediction churns with the
/// chance that the reference found at its score.
///
/// The chance in a score bin is the churn of the reference's decile, in proportion to the bin's
/// mean score inside it. The estimates see what moves the scores, and are blind where the meaning
/// of scores changes: they stand beside measured figures and never replace them.
package struct Estimates: Sendable {
  private let reference: LabelledScores
  private let binning: NumericBinning
  /// By profile bin: the chance to churn.
  private let chances: [Double]
  /// By score group: the reference's rows and churn rate.
  private let groups: [Int: (rows: Double, rate: Double)]

  /// Nil where the reference lacks labels of a class, or some are still to come.
  package init?(_ reference: LabelledScores, binning: NumericBinning) {
    guard reference.positives > 0, reference.negatives > 0, reference.profile.isMature else {
      return nil
    }
    self.reference = reference
    self.binning = binning
    var groups: [Int: (rows: Double, rate: Double)] = [:]
    var meanScores: [Int: Double] = [:]
    for bin in ExpectedCalibrationError.bins(of: reference) {
      groups[bin.group] = (bin.count, (bin.positives + 0.5) / (bin.count + 1))
      meanScores[bin.group] = bin.meanScore
    }
    let overall = Double(reference.positives) / Double(reference.labelled)
    self.groups = groups
    chances = (0..<reference.profile.binCount).map { bin in
      let group = binning.group(ofBin: bin)
      guard let rate = groups[group]?.rate, let mean = meanScores[group] else { return overall }
      let inner = bin - binning.inner.lowerBound
      guard binning.means.indices.contains(inner), mean > 0 else { return rate }
      return min(0.999, max(1e-6, rate * binning.means[inner] / mean))
    }
  }

  /// Returns the readings of a window's scored predictions.
  package func readings(_ current: LabelProfile) -> [Reading] {
    let bins = (NumericBinning.below...binning.above).compactMap { bin -> (Int, Double)? in
      let count =
        current[.unknown, bin] + current[.positive, bin] + current[.negative, bin]
      return count > 0 ? (bin, Double(count)) : nil
    }
    let rows = bins.reduce(0) { $0 + $1.1 }
    guard rows > 0 else {
      return [
        (CheckName.estimatedAUC, Subject.scoreName), (.estimatedPrevalence, Subject.outcomeName),
      ]
      .map {
        Reading(
          $0.0,
          subject: $0.1,
          sample: Reading.Sample(current: 0),
          obstacle: .noData("there are no scored predictions in the window")
        )
      }
    }
    return [auc(bins, rows), prevalence(bins, rows)]
  }

  private func auc(_ bins: [(Int, Double)], _ rows: Double) -> Reading {
    let expected = bins.map { bin, count in
      LabelledScores.Bin(
        positives: count * chances[bin],
        negatives: count * (1 - chances[bin]),
        meanScore: 0,
        group: 0
      )
    }
    let (area, variance) = AreaUnderROC.area(expected)
    let (own, ownVariance) = AreaUnderROC.area(reference.bins)
    var reading = Reading(
      .estimatedAUC,
      subject: Subject.scoreName,
      value: area,
      interval: LogitInterval.interval(
        area,
        standardError: (variance + ownVariance).squareRoot()
      ),
      reference: own,
      referenceInterval: LogitInterval.interval(own, standardError: ownVariance.squareRoot()),
      sample: Reading.Sample(current: Int(rows), reference: reference.labelled)
    )
    reading.details = [
      Reading.Detail("expected_churners", expected.reduce(0) { $0 + $1.positives })
    ]
    return reading
  }

  private func prevalence(_ bins: [(Int, Double)], _ rows: Double) -> Reading {
    var (sum, variance) = (0.0, 0.0)
    var byGroup: [Int: Double] = [:]
    for (bin, count) in bins {
      sum += count * chances[bin]
      variance += count * chances[bin] * (1 - chances[bin])
      byGroup[binning.group(ofBin: bin), default: 0] += count
    }
    for (group, count) in byGroup.sorted(by: { $0.key < $1.key }) {
      guard let (own, rate) = groups[group] else { continue }
      variance += count * count * rate * (1 - rate) / own
    }
    let share = min(1, sum / rows)
    let mine = Proportion(reference.positives, of: reference.labelled)
    var reading = Reading(
      .estimatedPrevalence,
      subject: Subject.outcomeName,
      value: share,
      interval: LogitInterval.interval(share, standardError: variance.squareRoot() / rows),
      reference: mine?.value,
      referenceInterval: mine?.wilsonInterval(),
      sample: Reading.Sample(current: Int(rows), reference: reference.labelled)
    )
    if let shifted = labelShift(bins, rows) {
      reading.details = [Reading.Detail("by_label_shift", shifted)]
    }
    return reading
  }

  /// The prevalence if only it had changed and the scores of churners and of others had not.
  ///
  /// From the share of scores in the upper half of the reference's churners: π = (μ − FPR) / (TPR −
  /// FPR) (Z. Lipton, Y. Wang and A. Smola, ICML 2018); nil where the classes cannot be
  /// distinguished.
  private func labelShift(_ bins: [(Int, Double)], _ rows: Double) -> Double? {
    let profile = reference.profile
    let order = Array(NumericBinning.below...binning.above)
    var (hits, falses) = (0, 0)
    var cut = binning.above
    for bin in order.reversed() {
      hits += profile[.positive, bin]
      falses += profile[.negative, bin]
      cut = bin
      if 2 * hits >= reference.positives { break }
    }
    let hitRate = Double(hits) / Double(reference.positives)
    let falseRate = Double(falses) / Double(reference.negatives)
    guard hitRate - falseRate > 0.1 else { return nil }
    let above = bins.filter { $0.0 >= cut }.reduce(0) { $0 + $1.1 } / rows
    return min(1, max(0, (above - falseRate) / (hitRate - falseRate)))
  }
}
