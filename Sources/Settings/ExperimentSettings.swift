// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import YAMLSource

/// A campaign: who was assigned to which arm, and when.
package struct ExperimentSettings: Sendable {
  package var name: Placed<String>
  package var assignments: AssignmentSource
}

/// Where a campaign's assignments are kept.
package struct AssignmentSource: Sendable {
  package var table: Placed<String>
  /// The column of the customer, or whatever was drawn.
  package var unit: Placed<String>
  package var arm: Placed<String>
  package var time: Placed<String>
  /// The name of the arm that nothing is done to.
  package var control: String
  /// The column of the strata within which arms were drawn; nil where one chance held for all.
  package var stratum: Placed<String>?
  /// An SQL condition; the user's own, passed on as it stands.
  package var condition: Placed<String>?
}

/// The campaign that acts on a model's predictions.
package struct Treatment: Sendable {
  package var campaign: Placed<String>
  package var assignments: AssignmentSource
  /// How long after its assignment a customer's outcomes may still be other ones.
  package var lasting: FixedDuration

  /// A text that changes when arms must be looked up anew.
  package var specification: String {
    let parts = [
      assignments.table.value, assignments.unit.value, assignments.arm.value,
      assignments.time.value, assignments.control, assignments.stratum?.value ?? "",
      assignments.condition?.value ?? "", lasting.description,
    ]
    return parts.joined(separator: "|")
  }
}

/// Reads campaigns.
enum ExperimentReader {
  private static let planned = Dictionary(
    uniqueKeysWithValues: ["exposures", "tiers", "currency", "metrics", "horizon", "segments"].map {
      ($0, "verdicts on campaigns are given by a later version")
    }
  )

  static func experiment(_ value: YAMLValue) -> ExperimentSettings? {
    guard let root = value.mapping(known: ["name", "assignments"], planned: planned) else {
      return nil
    }
    let name = root.required("name")?.placedText()
    let assignments = root.required("assignments").flatMap(Self.assignments)
    guard let name, let assignments else { return nil }
    return ExperimentSettings(name: name, assignments: assignments)
  }

  private static func assignments(_ value: YAMLValue) -> AssignmentSource? {
    guard
      let root = value.mapping(
        known: ["table", "unit", "arm", "time", "control", "stratum", "where"]
      )
    else { return nil }
    let table = root.required("table")?.placedText()
    let unit = root.required("unit")?.placedText()
    let arm = root.required("arm")?.placedText()
    let time = root.required("time")?.placedText()
    let control = root.required("control")?.text()
    guard let table, let unit, let arm, let time, let control else { return nil }
    return AssignmentSource(
      table: table,
      unit: unit,
      arm: arm,
      time: time,
      control: control,
      stratum: root.optional("stratum")?.placedText(),
      condition: root.optional("where")?.placedText()
    )
  }
}

extension ModelReader {
  /// Reads which campaign acts on the model's predictions.
  ///
  /// - `horizon`: How long an assignment lasts unless it says otherwise.
  func treatment(_ value: YAMLValue, horizon: FixedDuration?) -> Treatment? {
    guard let root = value.mapping(known: ["campaign", "lasting"]),
      let campaign = root.required("campaign")?.placedText()
    else { return nil }
    guard let experiment = experiments.first(where: { $0.name.value == campaign.value }) else {
      value.faults.note(
        "no experiment is called '\(campaign.value)'"
          + Spelling.suggestion(for: campaign.value, among: experiments.map(\.name.value)),
        at: campaign.place
      )
      return nil
    }
    let lasting = root.optional("lasting").flatMap {
      $0.parsed("a duration such as 90d") { FixedDuration($0) }
    }
    guard let lasting = lasting ?? horizon else {
      value.fault("'treatment' needs 'outcomes': there is nothing that it could change")
      return nil
    }
    return Treatment(campaign: campaign, assignments: experiment.assignments, lasting: lasting)
  }
}
