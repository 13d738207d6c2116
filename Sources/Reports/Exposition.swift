// SPDX-License-Identifier: Apache-2.0

/// Metrics in the text format that Prometheus reads (version 0.0.4).
package struct Exposition: Sendable {
  /// A gauge with its samples.
  package struct Family: Sendable {
    package let name: String
    package let help: String
    package private(set) var samples: [(labels: [(name: String, value: String)], value: Double)] =
      []

    /// - `name`: Without the prefix `plumbline_`.
    package init(_ name: String, _ help: String) {
      self.name = "plumbline_" + name
      self.help = help
    }

    /// Adds a sample; labels without a value are left out.
    package mutating func add(_ value: Double, _ labels: KeyValuePairs<String, String?>) {
      samples.append((labels.compactMap { name, text in text.map { (name, $0) } }, value))
    }
  }

  private let families: [Family]

  package init(_ families: [Family]) { self.families = families }

  /// The text; families without samples are left out.
  package var text: String {
    families.filter { !$0.samples.isEmpty }.map { family in
      "# HELP \(family.name) \(Self.escaped(family.help))\n# TYPE \(family.name) gauge\n"
        + family.samples.map { sample in
          let labels = sample.labels.map { "\($0.name)=\"\(Self.quoted($0.value))\"" }
          let all = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
          return "\(family.name)\(all) \(Self.number(sample.value))\n"
        }.joined()
    }.joined()
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }

  private static func quoted(_ text: String) -> String {
    escaped(text).replacing("\"", with: "\\\"")
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return "\(value)"
  }
}
