// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import TestKit
import Testing

/// Evidence that can be computed by hand: 0.6 of the weight lies on the first start time.
@Suite struct EDetectorTests {
  private func evidence(_ detector: EDetector) -> Double { exp(detector.logEvidence) }

  @Test func `before the first step there is no evidence and no leader`() {
    let detector = EDetector()
    #expect(detector.logEvidence == 0 && detector.leader == nil)
  }

  @Test func `a step that says nothing leaves the evidence at 1`() {
    var detector = EDetector()
    detector.advance([0], priors: [1], trials: 10)
    #expect(agree(evidence(detector), 1, 1e-12))
  }

  @Test func `what has no start time yet counts as 1`() {
    var detector = EDetector()
    detector.advance([log(3)], priors: [1], trials: 10)
    #expect(agree(evidence(detector), 0.4 + 0.6 * 3, 1e-12))
    detector.advance([log(2)], priors: [1], trials: 10)
    #expect(agree(evidence(detector), 0.4 + 0.6 * 6, 1e-12))
  }

  @Test func `alternatives are mixed by their priors, and the strongest leads`() {
    var detector = EDetector()
    detector.advance([log(1.0 / 3), log(4)], priors: [0.75, 0.25], trials: 1)
    // 0.75 / 3 + 0.25 · 4 = 1.25.
    #expect(agree(evidence(detector), 0.4 + 0.6 * 1.25, 1e-12))
    #expect(detector.leader == 1)
  }

  @Test func `a second start time comes after fifty trials`() {
    /// Half the odds, then three times as much, with so many trials between.
    func after(_ trials: Double) -> Double {
      var detector = EDetector()
      detector.advance([log(0.5)], priors: [1], trials: trials)
      detector.advance([log(3)], priors: [1], trials: 1)
      return evidence(detector)
    }
    #expect(agree(after(49), 0.4 + 0.6 * 0.5 * 3, 1e-12))
    // Its weight is 0.4 / ζ(1.3); what it has not seen does not count against it.
    let weight = 0.4 / 3.931_949_211_809_544
    #expect(agree(after(50), (0.4 - weight) + (0.6 * 0.5 + weight) * 3, 1e-12))
  }

  @Test func `evidence beyond what a number holds stays a number`() {
    var detector = EDetector()
    detector.advance([5000], priors: [1], trials: 1)
    #expect(agree(detector.logEvidence, 5000 + log(0.6), 1e-12))
  }
}
