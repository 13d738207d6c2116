// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// The labelled rows of a profile as weighted score bins in ascending order of score.
///
/// Rows of one bin count as tied; means and squares of their scores are exact.
package struct LabelledScores: Sendable {
  /// One bin with at least one labelled row.
  package struct Bin: Sendable, Hashable {
    package let positives: Double
    package let negatives: Double
    /// The mean score of its rows.
    package let meanScore: Double
    /// The decile, or point mass, of the reference's scores.
    package let group: Int

    package var count: Double { positives + negatives }

    package init(positives: Double, negatives: Double, meanScore: Double, group: Int) {
      self.positives = positives
      self.negatives = negatives
      self.meanScore = meanScore
      self.group = group
    }
  }

  package let profile: LabelProfile
  package let bins: [Bin]
  /// The mean score of all predictions, with and without a label, those of a bin at the mean of the
  /// reference's; nil where there is none.
  package let meanOfAll: Double?
  /// By how much repeated customers raise the variances; nil where nobody repeats.
  package let design: DesignEffects?

  package init(_ profile: LabelProfile, binning: NumericBinning, design: DesignEffects? = nil) {
    self.profile = profile
    self.design = design
    let scale = LabelProfile.scale
    var (sum, rows) = (0.0, 0.0)
    for bin in binning.inner {
      let count = profile[.positive, bin] + profile[.negative, bin] + profile[.unknown, bin]
      sum += Double(count) * binning.means[bin - binning.inner.lowerBound]
      rows += Double(count)
    }
    meanOfAll = rows > 0 ? sum / rows : nil
    bins = (NumericBinning.below...binning.above).compactMap { bin in
      let positives = profile[.positive, bin]
      let negatives = profile[.negative, bin]
      guard positives + negatives > 0 else { return nil }
      let sum = profile[.positiveScore, bin] + profile[.negativeScore, bin]
      return Bin(
        positives: Double(positives),
        negatives: Double(negatives),
        meanScore: min(1, max(0, Double(sum) * scale / Double(positives + negatives))),
        group: binning.group(ofBin: bin)
      )
    }
  }

  /// The factor on the variance of a metric.
  func designEffect(_ check: CheckName) -> Double { design?[check] ?? 1 }

  package var positives: Int { profile.positives }
  package var negatives: Int { profile.negatives }
  package var labelled: Int { profile.labelled }

  /// Σ score over labelled rows.
  package var scoreSum: Double {
    Double(profile.sum(.positiveScore) + profile.sum(.negativeScore)) * LabelProfile.scale
  }

  /// Σ score·(1 − score) over labelled rows.
  package var scoreVarianceSum: Double {
    let squares = profile.sum(.positiveSquare) + profile.sum(.negativeSquare)
    return max(0, scoreSum - Double(squares) * LabelProfile.scale)
  }

  /// Flagged churners, flagged others, churners not flagged, others left alone.
  package var confusion: (tp: Int, fp: Int, fn: Int, tn: Int) {
    (
      profile[.truePositive], profile[.falsePositive], profile[.falseNegative],
      profile[.trueNegative]
    )
  }
}
