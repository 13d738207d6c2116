// SPDX-License-Identifier: Apache-2.0
import TabularModels

/// Customers as a model would have seen them, until it is known which of them left.
struct TrainingSet: Sendable {
  private struct Example: Sendable {
    let slot: Int
    let generation: UInt16
    /// The day on which the customer was observed, by day number.
    let day: Int
    let inputs: [Double]
    var label: Bool?
  }

  private var examples: [Example] = []

  mutating func add(slot: Int, generation: UInt16, day: Int, inputs: [Double]) {
    examples.append(Example(slot: slot, generation: generation, day: day, inputs: inputs))
  }

  /// Notes who left in a month.
  ///
  /// - `first`: The month's first day, by day number.
  /// - `leaving`: The day of the month on which a customer leaves, 0 for none; nil where the
  ///   customer is not there any more.
  mutating func resolve(first: Int, leaving: (Int, UInt16) -> UInt8?) {
    for index in examples.indices where examples[index].label == nil {
      let example = examples[index]
      guard let day = leaving(example.slot, example.generation), day > 0 else { continue }
      let left = first + Int(day) - 1
      examples[index].label =
        left > example.day && left <= example.day + SimulatedOperator.horizonDays
    }
  }

  /// Notes that the last example's customer leaves in the month in which it was observed.
  mutating func resolveLast(first: Int, _ day: UInt8) {
    guard let last = examples.indices.last else { return }
    let left = first + Int(day) - 1
    examples[last].label = left <= examples[last].day + SimulatedOperator.horizonDays
  }

  /// Returns a model fitted to the examples, and forgets them.
  mutating func fit() -> LogisticRegression? {
    defer { examples = [] }
    return LogisticRegression(examples.map(\.inputs), examples.map { $0.label ?? false })
  }
}
