// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Testing

@Suite struct DecayIdentityTests {
  @Test func `what a stored detector was made with has this text`() {
    var specification = DecaySpecification(followUp: nil, horizon: FixedDuration(days: 90))
    #expect(
      specification.identity.text
        == "v1;drop=absolute,0.05,;recall_alpha=0.05;change=0.1;calibration_alpha=0.05;follow_up;"
        + "horizon=7776000000000us"
    )
    specification.drop = .relative(0.1)
    specification.followUp = FixedDuration(days: 14)
    #expect(
      specification.identity.text
        == "v1;drop=relative,0.1,;recall_alpha=0.05;change=0.1;calibration_alpha=0.05;"
        + "follow_up=1209600000000us;horizon=7776000000000us"
    )
  }
}
