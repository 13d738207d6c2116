// SPDX-License-Identifier: Apache-2.0

/// Where something stands in the configuration, whatever file it is written in: such as
/// `models[churn].predictions.time`.
///
/// Models, experiments, channels and rules are found by name, since they may come from several
/// files; elements of other lists by number, from 0.
package struct ConfigPath: Sendable, Hashable, CustomStringConvertible {
  package enum Step: Sendable, Hashable {
    case key(String)
    case element(Int)
    case named(String)
  }

  package let steps: [Step]

  package init(_ steps: [Step] = []) { self.steps = steps }

  /// Returns the path of a model, by its name.
  package static func model(_ name: String) -> ConfigPath { ConfigPath([.key("models")])[name] }

  /// Returns the path of an experiment, by its name.
  package static func experiment(_ name: String) -> ConfigPath {
    ConfigPath([.key("experiments")])[name]
  }

  /// Returns the path of a channel of alerts, by its name.
  package static func channel(_ name: String) -> ConfigPath {
    ConfigPath([.key("alerting"), .key("channels")])[name]
  }

  /// Returns the path of a rule, by the name of its alert.
  package static func rule(_ name: String) -> ConfigPath { ConfigPath([.key("rules")])[name] }

  /// Returns the path of a member of a mapping.
  package func key(_ key: String) -> ConfigPath { ConfigPath(steps + [.key(key)]) }

  /// Returns the path of an element of a list.
  package subscript(index: Int) -> ConfigPath { ConfigPath(steps + [.element(index)]) }

  /// Returns the path of an element that has a name.
  package subscript(name: String) -> ConfigPath { ConfigPath(steps + [.named(name)]) }

  /// The path of what it is a part of; nil for the whole.
  package var parent: ConfigPath? { steps.isEmpty ? nil : ConfigPath(steps.dropLast()) }

  package var description: String {
    steps.reduce(into: "") { text, step in
      switch step {
      case .key(let key): text += text.isEmpty ? key : ".\(key)"
      case .element(let index): text += "[\(index)]"
      case .named(let name): text += "[\(name)]"
      }
    }
  }
}
