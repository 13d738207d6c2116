// SPDX-License-Identifier: Apache-2.0
import Profiles

/// What was found of a campaign's health, in order.
struct HealthNotes {
  private(set) var notes: [ExperimentResult.Health] = []

  mutating func note(_ check: String, _ state: ExperimentResult.Health.State, text: String) {
    notes.append(ExperimentResult.Health(check: check, state: state, text: text))
  }
}

/// What must be right before arms can be compared.
extension ExperimentAnalysis {
  /// A larger share of customers in two arms blocks the verdict.
  private static let toleratedContamination = 0.01
  /// Fewer matured customers in an arm than this say nothing.
  private static let fewestMatured = 50

  func health(_ maturity: ExperimentResult.Maturity) -> [ExperimentResult.Health] {
    var health = HealthNotes()
    guard !treatedArms.isEmpty, armNames.contains(input.control) else {
      let found =
        armNames.isEmpty ? "nobody is assigned" : "the arms are \(armNames.joined(separator: ", "))"
      health.note(
        "arms",
        .blocked,
        text:
          "\(found), and the control is called '\(input.control)': fix 'assignments' in the configuration"
      )
      return health.notes
    }
    splitHealth(&health)
    furtherHealth(&health)
    contaminationHealth(&health)
    maturityHealth(maturity, &health)
    for metric in input.metrics.indices { outcomeHealth(metric, &health) }
    let primary = armNames.reduce(into: ArmSums.empty) { $0.merge(sums($1, 0)) }
    if primary.count > 0, primary.squares == 0 {
      health.note(
        input.metrics[0].name,
        .blocked,
        text: "all customers have the same outcome: is the metric's table complete?"
      )
    }
    return health.notes
  }

  private func contaminationHealth(_ health: inout HealthNotes) {
    let all = input.cells.reduce(input.contaminated + input.elsewhere) { $0 + $1.assigned }
    let share = Double(input.contaminated) / Double(max(1, all))
    health.note(
      "contamination",
      share > Self.toleratedContamination ? .blocked : input.contaminated > 0 ? .warning : .ok,
      text: input.contaminated == 0
        ? "nobody is in two arms"
        : "\(Self.shown(input.contaminated, of: all)) customers are in two arms and left out"
          + (share > Self.toleratedContamination ? ": who assigns must find out why" : "")
    )
  }

  private func maturityHealth(
    _ maturity: ExperimentResult.Maturity,
    _ health: inout HealthNotes
  ) {
    let matured = armNames.map { sums($0, 0).count }
    if let least = matured.min(), least < Self.fewestMatured {
      health.note(
        "maturity",
        .blocked,
        text:
          "an arm has \(Self.shown(least)) customers whose outcome is mature, \(Self.fewestMatured) are needed"
          + (maturity.mostBy.map { ": wait; most are mature on \($0)" } ?? "")
      )
    } else {
      health.note(
        "maturity",
        .ok,
        text: "\(maturity.matured) of \(maturity.assigned) customers are mature"
      )
    }
  }

  /// Outcomes of a metric that are too few, too early or no numbers.
  private func outcomeHealth(_ index: Int, _ health: inout HealthNotes) {
    let metric = input.metrics[index]
    let small = treatedArms.contains { arm in
      contrast(index, arm).map { $0.smallestCell < Self.smallestCell } ?? false
    }
    if small {
      health.note(
        metric.name,
        index == 0 ? .blocked : .warning,
        text:
          "fewer than \(Self.smallestCell) customers of an arm are behind it, or have the event, or have it not: "
          + "too small to show"
      )
    }
    let before = input.cells.reduce(0) { $0 + $1.before[index] }
    if before > 0 {
      health.note(
        metric.name,
        .warning,
        text:
          "\(Self.shown(before)) customers had an outcome before their assignment; it does not count"
      )
    }
    let invalid = input.cells.reduce(0) { $0 + $1.invalid[index] }
    if invalid > 0 {
      health.note(
        metric.name,
        .warning,
        text: "\(Self.shown(invalid)) amounts are no numbers and are left out"
      )
    }
  }

  private func splitHealth(_ health: inout HealthNotes) {
    guard !input.split.isEmpty else {
      health.note(
        "sample ratio",
        .warning,
        text:
          "no intended split is configured, so it cannot be known whether arms were drawn as planned: give 'split'"
      )
      return
    }
    guard let ratio = SampleRatio(counts(input.cells), shares: input.split) else {
      health.note(
        "sample ratio",
        .blocked,
        text: "the arms of 'split' are not those that are assigned"
      )
      return
    }
    let seen = ratio.arms.map { "\($0.name) \(Self.shown($0.count))" }.joined(separator: ", ")
    if ratio.isMismatch {
      health.note(
        "sample ratio",
        .blocked,
        text:
          "the arms have other sizes than intended (\(seen); \(Self.text(ratio.p))): something other than "
          + "chance decided who is in which; who assigns must find it before anything can be compared"
      )
      return
    }
    if let part = unlikelyPart() {
      health.note(
        "sample ratio",
        .blocked,
        text:
          "in \(part.name) the arms have other sizes than intended (\(Self.text(part.p))): who "
          + "assigns must find out why"
      )
      return
    }
    // Interim looks that were logged are not a fresh sample each: their test holds at all of them.
    let looks = input.looks.log.map(\.assigned) + [counts(input.cells)]
    let planned = input.looks.customers ?? counts(input.cells).values.reduce(0, +)
    let sequential = SequentialSampleRatio(shares: input.split, planned: planned).p(looks)
    if looks.count > 1, sequential < SampleRatio.alarm {
      health.note(
        "sample ratio",
        .blocked,
        text:
          "over \(looks.count) interim looks the arms had other sizes than intended (\(Self.text(sequential)), valid at "
          + "all interim looks): who assigns must find out when"
      )
      return
    }
    health.note("sample ratio", .ok, text: "the arms have the sizes that were intended (\(seen))")
  }

  /// The tier or level of a segment whose arms have the most unlikely sizes; nil where chance
  /// explains them.
  private func unlikelyPart() -> (name: String, p: Double)? {
    var parts: [(name: String, cells: [ExperimentInput.Cell])] = []
    if input.hasTiers { parts += levels(input.cells, "the tier") }
    for (column, cells) in input.segments.sorted(by: { $0.key < $1.key }) {
      parts += levels(cells, "\(column) =")
    }
    let worst = parts.compactMap { part in
      SampleRatio(counts(part.cells), shares: input.split).map { (name: part.name, p: $0.p) }
    }.min { $0.p < $1.p }
    return worst.flatMap { $0.p * Double(parts.count) < SampleRatio.alarm ? $0 : nil }
  }

  /// The assigned customers of each arm.
  private func counts(_ cells: [ExperimentInput.Cell]) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: armNames.map { arm in
        (arm, cells.reduce(0) { $0 + ($1.arm == arm ? $1.assigned : 0) })
      }
    )
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
    p < 1e-4 ? "p < 0.0001" : "p = \((p * 10_000).rounded() / 10_000)"
  }
}
