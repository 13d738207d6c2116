// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Settings

extension ReferenceRanges {
  /// What the bins of a model are made from; those with another fingerprint are replaced.
  func fingerprint(_ model: ModelSettings) -> String {
    model.binIdentity(reference: identity).text
  }
}
