// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// Sankaran's transformation to normality for very large noncentrality (M. Sankaran, Biometrika
/// 50, 1963): (X / (k + λ))^h is close to normal.
extension ChiSquared {
  private var moments: (power: Double, mean: Double, deviation: Double) {
    let k = degreesOfFreedom
    let l = noncentrality
    let h = 1 - 2 * (k + l) * (k + 3 * l) / (3 * (k + 2 * l) * (k + 2 * l))
    let p = (k + 2 * l) / ((k + l) * (k + l))
    let m = (h - 1) * (1 - 3 * h)
    let mean = 1 + h * p * (h - 1 - 0.5 * (2 - h) * m * p)
    return (h, mean, h * (2 * p).squareRoot() * (1 + 0.5 * m * p))
  }

  func sankaranUpperTail(_ value: Double) -> Double {
    let (power, mean, deviation) = moments
    let transformed = pow(value / (degreesOfFreedom + noncentrality), power)
    return Normal.upperTail((transformed - mean) / deviation)
  }

  func sankaranQuantile(_ probability: Double) -> Double {
    let (power, mean, deviation) = moments
    let transformed = mean + deviation * Normal.quantile(probability)
    return (degreesOfFreedom + noncentrality) * pow(max(0, transformed), 1 / power)
  }
}
