// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Statistics

/// Smooth calibration error: what is left of the residuals after a kernel has smoothed them, at the
/// one width that equals the error itself.
///
/// smECE(σ) = ∫ |Σ (y − p) K_σ(t, p)| dt / n with a Gaussian kernel that is reflected at 0 and 1;
/// the error is the σ with smECE(σ) = σ (J. Błasiok and P. Nakkiran, ICLR 2024). No bins to choose,
/// and continuous in the scores. Computed from the residuals of score bins at their means on a grid
/// of 256 points. It has no interval: its law is not known; the detail `expected_if_calibrated` is
/// the error that the same number of calibrated rows would show, at the same width.
///
/// - Complexity: O(grid · width of the kernel) for each of a few steps.
package struct SmoothCalibrationError: PerformanceMetric {
  package let name = CheckName.smoothECE
  package init() {}

  private static let grid = 256
  private static let steps = 8

  package func measure(_ outcomes: LabelledScores) -> Measured {
    guard outcomes.labelled > 0 else { return .unavailable("no label is known", sample: 0) }
    let n = Double(outcomes.labelled)
    var residuals = Array(repeating: 0.0, count: Self.grid)
    var variances = residuals
    for bin in outcomes.bins {
      // A bin's mass is parted between the two grid points around its mean.
      let place = min(max(bin.meanScore * Double(Self.grid) - 0.5, 0), Double(Self.grid - 1))
      let left = Int(place)
      let right = min(left + 1, Self.grid - 1)
      let share = place - Double(left)
      let residual = (bin.positives - bin.count * bin.meanScore) / n
      let variance = bin.count * bin.meanScore * (1 - bin.meanScore) / (n * n)
      residuals[left] += residual * (1 - share)
      residuals[right] += residual * share
      variances[left] += variance * (1 - share)
      variances[right] += variance * share
    }
    // The error falls as the width grows, from the sum of the residuals: halving finds where they
    // meet.
    var low = 0.5 / Double(Self.grid)
    var high = max(low, min(1, residuals.reduce(0) { $0 + abs($1) }))
    for _ in 0..<Self.steps {
      let middle = (low + high) / 2
      if Self.smoothed(residuals, middle).reduce(0, { $0 + abs($1) }) > middle {
        low = middle
      } else {
        high = middle
      }
    }
    let error = Self.smoothed(residuals, high).reduce(0) { $0 + abs($1) }
    let chance = Self.expected(variances, high)
    return .value(
      min(1, error),
      nil,
      sample: outcomes.labelled,
      [
        Reading.Detail("width", high), Reading.Detail("expected_if_calibrated", chance),
      ]
    )
  }

  /// The kernel's weights at all distances that it reaches, on both sides; they sum to one.
  private static func kernel(_ width: Double) -> [Double] {
    let reach = min(grid, max(1, Int((4 * width * Double(grid)).rounded(.up))))
    let raw = (-reach...reach).map { distance -> Double in
      let z = Double(distance) / Double(grid) / width
      return exp(-z * z / 2)
    }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
  }

  /// Masses spread by weights; what falls outside is reflected at the ends.
  private static func spread(_ masses: [Double], _ weights: [Double]) -> [Double] {
    let reach = weights.count / 2
    var padded = Array(repeating: 0.0, count: grid + 2 * reach)
    for (index, mass) in masses.enumerated() where mass != 0 {
      for offset in weights.indices { padded[index + offset] += mass * weights[offset] }
    }
    var result = Array(padded[reach..<(reach + grid)])
    for distance in 0..<reach {
      result[distance] += padded[reach - 1 - distance]
      result[grid - 1 - distance] += padded[reach + grid + distance]
    }
    return result
  }

  private static func smoothed(_ masses: [Double], _ width: Double) -> [Double] {
    spread(masses, kernel(width))
  }

  /// The mean of the error if every residual were chance: E|X| = √(2/π) · sd, point by point.
  private static func expected(_ variances: [Double], _ width: Double) -> Double {
    let result = spread(variances, kernel(width).map { $0 * $0 })
    return result.reduce(0) { $0 + (2 / Double.pi * $1).squareRoot() }
  }
}
