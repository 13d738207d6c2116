// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// A seeded generator whose stream never changes: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
///
/// Simulations and the simulated operator must give the same bytes everywhere, which the
/// system's generator does not promise.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(state)
  }

  /// Returns a well-mixed image of `value`; a bijection on 64 bits.
  package static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Returns a number in [0, 1), a multiple of 2⁻⁵³.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Returns a standard normal number (Box and Muller, 1958).
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// Returns whether an event of the stated probability happens.
  package mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
}
