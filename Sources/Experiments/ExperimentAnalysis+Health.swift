// SPDX-License-Identifier: Apache-2.0
import Profiles

/// What must be right before arms can be compared.
extension ExperimentAnalysis {
  /// A larger share of customers in two arms blocks the verdict.
  private static let toleratedContamination = 0.01
  /// Fewer matured customers in an arm than this say nothing.
  private static let fewestMatured = 50

  func health(_ maturity: ExperimentResult.Maturity) -> [ExperimentResult.Health] {
    var health: [ExperimentResult.Health] = []
    func note(_ check: String, _ state: ExperimentResult.Health.State, _ text: String) {
      health.append(ExperimentResult.Health(check: check, state: state, text: text))
    }
    guard !treatedArms.isEmpty, armNames.contains(input.control) else {
      let found =
        armNames.isEmpty ? "nobody is assigned" : "the arms are \(armNames.joined(separator: ", "))"
      note(
        "arms",
        .blocked,
        "\(found), and the control is called '\(input.control)': mend 'assignments' in the configuration"
      )
      return health
    }
    splitHealth(note)
    furtherHealth(note)
    let all = input.cells.reduce(input.contaminated + input.elsewhere) { $0 + $1.assigned }
    let share = Double(input.contaminated) / Double(max(1, all))
    note(
      "contamination",
      share > Self.toleratedContamination ? .blocked : input.contaminated > 0 ? .warning : .ok,
      input.contaminated == 0
        ? "nobody is in two arms"
        : "\(Self.told(input.contaminated, of: all)) customers are in two arms and left out"
          + (share > Self.toleratedContamination ? ": who assigns must find out why" : "")
    )
    let matured = armNames.map { sums($0, 0).count }
    if let least = matured.min(), least < Self.fewestMatured {
      note(
        "maturity",
        .blocked,
        "an arm has \(Self.told(least)) customers whose outcome is mature, \(Self.fewestMatured) are needed"
          + (maturity.mostBy.map { ": wait; most are mature on \($0)" } ?? "")
      )
    } else {
      note("maturity", .ok, "\(maturity.matured) of \(maturity.assigned) customers are mature")
    }
    for (index, metric) in input.metrics.enumerated() {
      let small = treatedArms.contains { arm in
        contrast(index, arm).map { $0.smallestCell < Self.smallestCell } ?? false
      }
      if small {
        note(
          metric.name,
          index == 0 ? .blocked : .warning,
          "fewer than \(Self.smallestCell) customers of an arm are behind it, or have the event, or have it not: "
            + "too small to show"
        )
      }
      let before = input.cells.reduce(0) { $0 + $1.before[index] }
      if before > 0 {
        note(
          metric.name,
          .warning,
          "\(Self.told(before)) customers had an outcome before their assignment; it does not count"
        )
      }
      let invalid = input.cells.reduce(0) { $0 + $1.invalid[index] }
      if invalid > 0 {
        note(metric.name, .warning, "\(Self.told(invalid)) amounts are no numbers and are left out")
      }
    }
    let primary = armNames.reduce(into: ArmSums.empty) { $0.merge(sums($1, 0)) }
    if primary.count > 0, primary.squares == 0 {
      note(
        input.metrics[0].name,
        .blocked,
        "all customers have the same outcome: is the metric's table complete?"
      )
    }
    return health
  }

  private func splitHealth(
    _ note: (String, ExperimentResult.Health.State, String) -> Void
  ) {
    guard !input.split.isEmpty else {
      note(
        "sample ratio",
        .warning,
        "no intended split is configured, so it cannot be told whether arms were drawn as planned: give 'split'"
      )
      return
    }
    func counts(_ cells: [ExperimentInput.Cell]) -> [String: Int] {
      Dictionary(
        uniqueKeysWithValues: armNames.map { arm in
          (arm, cells.reduce(0) { $0 + ($1.arm == arm ? $1.assigned : 0) })
        }
      )
    }
    guard let ratio = SampleRatio(counts(input.cells), shares: input.split) else {
      note("sample ratio", .blocked, "the arms of 'split' are not those that are assigned")
      return
    }
    let seen = ratio.arms.map { "\($0.name) \(Self.told($0.count))" }.joined(separator: ", ")
    if ratio.isMismatch {
      note(
        "sample ratio",
        .blocked,
        "the arms have other sizes than intended (\(seen); p = \(Self.text(ratio.p))): something other than "
          + "chance decided who is in which; who assigns must find it before anything can be compared"
      )
      return
    }
    // Within each tier and level of a segment too.
    var parts: [(name: String, cells: [ExperimentInput.Cell])] = []
    if input.hasTiers { parts += levels(input.cells, "the tier") }
    for (column, cells) in input.segments.sorted(by: { $0.key < $1.key }) {
      parts += levels(cells, "\(column) =")
    }
    let worst = parts.compactMap { part in
      SampleRatio(counts(part.cells), shares: input.split).map { (part.name, $0.p) }
    }.min { $0.1 < $1.1 }
    if let worst, worst.1 * Double(parts.count) < SampleRatio.alarm {
      note(
        "sample ratio",
        .blocked,
        "in \(worst.0) the arms have other sizes than intended (p = \(Self.text(worst.1))): who "
          + "assigns must find out why"
      )
      return
    }
    // Looks that were logged are not a fresh sample each: their test holds at all of them.
    let looks = input.looks.log.map(\.assigned) + [counts(input.cells)]
    let planned = input.looks.customers ?? counts(input.cells).values.reduce(0, +)
    let sequential = SequentialSampleRatio(shares: input.split, planned: planned).p(looks)
    if looks.count > 1, sequential < SampleRatio.alarm {
      note(
        "sample ratio",
        .blocked,
        "over \(looks.count) looks the arms had other sizes than intended (p = \(Self.text(sequential)), valid at "
          + "all looks): who assigns must find out when"
      )
      return
    }
    note("sample ratio", .ok, "the arms have the sizes that were intended (\(seen))")
  }

  /// The levels of cells by name, unless one is so small that its name says whom it is about.
  private func levels(
    _ cells: [ExperimentInput.Cell],
    _ what: String
  ) -> [(name: String, cells: [ExperimentInput.Cell])] {
    Dictionary(grouping: cells, by: \.tier).sorted { $0.key < $1.key }.map { level, cells in
      let isSmall = armNames.contains { arm in
        cells.reduce(0) { $0 + ($1.arm == arm ? $1.assigned : 0) } < Self.smallestCell
      }
      return (isSmall ? "a small group" : "\(what) '\(level)'", cells)
    }
  }

  static func text(_ p: Double) -> String {
    if p < 1e-4 { return "<0.0001" }
    return "\((p * 10_000).rounded() / 10_000)"
  }
}
