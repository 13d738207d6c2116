// SPDX-License-Identifier: Apache-2.0
import Profiles

extension ModelReader {
  /// Reads which campaign acts on the model's predictions; an assignment lasts as long as the
  /// outcomes' horizon unless it says otherwise.
  func treatment(_ value: YAMLValue, horizon: FixedDuration?) -> Treatment? {
    guard let root = value.mapping(known: Self.treatmentKeys),
      let name = root.required("campaign"), let campaign = name.text()
    else { return nil }
    guard let experiment = experiments.first(where: { $0.name == campaign }) else {
      name.addError(
        "no experiment is called '\(campaign)'"
          + Spelling.suggestion(for: campaign, among: experiments.map(\.name))
      )
      return nil
    }
    let lasting = root.optional("lasting").flatMap {
      $0.parsed("a duration such as 90d") { FixedDuration($0) }
    }
    guard let lasting = lasting ?? horizon else {
      value.addError("'treatment' needs 'outcomes': there is nothing that it could change")
      return nil
    }
    return Treatment(campaign: campaign, assignments: experiment.assignments, lasting: lasting)
  }
}
