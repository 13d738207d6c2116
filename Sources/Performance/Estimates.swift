// SPDX-License-Identifier: Apache-2.0
package import Findings
package import Profiles
import Statistics

/// What AUC and prevalence probably are, before any label is known: each prediction churns with the chance
/// that the reference found at its score.
///
/// The chance in a score cell is the churn of the reference's decile, in proportion to the cell's mean
/// score inside it. The estimates see what moves the scores, and are blind where the meaning of scores
/// changes: they stand beside measured figures and never replace them.
package struct Estimates: Sendable {
  private let reference: LabelledScores
  private let binning: NumericBinning
  /// By profile cell: the chance to churn.
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
    chances = (0..<reference.profile.cellCount).map { cell in
      let group = binning.group(ofCell: cell)
      guard let rate = groups[group]?.rate, let mean = meanScores[group] else { return overall }
      let inner = cell - binning.inner.lowerBound
      guard binning.means.indices.contains(inner), mean > 0 else { return rate }
      return min(0.999, max(1e-6, rate * binning.means[inner] / mean))
    }
  }

  /// Returns the readings of a window's scored predictions.
  package func readings(_ current: LabelProfile) -> [Reading] {
    let cells = (NumericBinning.below...binning.above).compactMap { cell -> (Int, Double)? in
      let count =
        current[.unknown, cell] + current[.positive, cell] + current[.negative, cell]
      return count > 0 ? (cell, Double(count)) : nil
    }
    let rows = cells.reduce(0) { $0 + $1.1 }
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
    return [auc(cells, rows), prevalence(cells, rows)]
  }

  private func auc(_ cells: [(Int, Double)], _ rows: Double) -> Reading {
    let expected = cells.map { cell, count in
      LabelledScores.Cell(
        positives: count * chances[cell],
        negatives: count * (1 - chances[cell]),
        meanScore: 0,
        group: 0
      )
    }
    let (area, variance) = AreaUnderROC.area(expected)
    let (own, ownVariance) = AreaUnderROC.area(reference.cells)
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

  private func prevalence(_ cells: [(Int, Double)], _ rows: Double) -> Reading {
    var (sum, variance) = (0.0, 0.0)
    var byGroup: [Int: Double] = [:]
    for (cell, count) in cells {
      sum += count * chances[cell]
      variance += count * chances[cell] * (1 - chances[cell])
      byGroup[binning.group(ofCell: cell), default: 0] += count
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
    if let shifted = labelShift(cells, rows) {
      reading.details = [Reading.Detail("by_label_shift", shifted)]
    }
    return reading
  }

  /// The prevalence if only it had changed and the scores of churners and of others had not.
  ///
  /// From the share of scores in the upper half of the reference's churners: π = (μ − FPR) / (TPR − FPR) (Z.
  /// Lipton, Y. Wang and A. Smola, ICML 2018); nil where the classes cannot be told apart.
  private func labelShift(_ cells: [(Int, Double)], _ rows: Double) -> Double? {
    let profile = reference.profile
    let order = Array(NumericBinning.below...binning.above)
    var (hits, falses) = (0, 0)
    var cut = binning.above
    for cell in order.reversed() {
      hits += profile[.positive, cell]
      falses += profile[.negative, cell]
      cut = cell
      if 2 * hits >= reference.positives { break }
    }
    let hitRate = Double(hits) / Double(reference.positives)
    let falseRate = Double(falses) / Double(reference.negatives)
    guard hitRate - falseRate > 0.1 else { return nil }
    let above = cells.filter { $0.0 >= cut }.reduce(0) { $0 + $1.1 } / rows
    return min(1, max(0, (above - falseRate) / (hitRate - falseRate)))
  }
}
