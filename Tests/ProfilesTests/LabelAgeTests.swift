// SPDX-License-Identifier: Apache-2.0
import Profiles
import Testing

@Suite struct LabelAgeTests {
  /// Jobs write labels 14, 30 or 90 days after the prediction: that is inside a horizon of so many
  /// days.
  @Test func `a label of exactly an age belongs to the stratum that ends there`() {
    for (stratum, upper) in LabelAge.uppers.enumerated() {
      let seconds = Double(upper) * 86_400
      #expect(LabelAge.stratum(seconds: seconds) == stratum)
      #expect(LabelAge.stratum(seconds: seconds + 1e-6) == stratum + 1)
    }
    #expect(LabelAge.stratum(seconds: -5) == 0)
  }
}
