// SPDX-License-Identifier: Apache-2.0
private import Foundation
import Profiles
package import YAMLSource

/// Reads `plumbline.yaml` and the files that it includes.
package enum SettingsFile {
  static let topKeys = ["timezone", "include", "models", "rules", "experiments", "alerting"]

  /// Returns the settings of a file.
  ///
  /// - Throws: `YAMLFaults` with everything that is wrong, in all files.
  package static func read(path: String) throws(YAMLFaults) -> Settings {
    let faults = YAMLValue.FaultList()
    let settings = parse(path: path, faults: faults)
    try faults.throwIfAny()
    guard let settings else { throw YAMLFaults([]) }
    return settings
  }

  /// Returns the settings that a text holds; for tests and for `init`.
  package static func read(text: String, file: String) throws(YAMLFaults) -> Settings {
    let faults = YAMLValue.FaultList()
    let root = YAMLValue.parse(text, file: file, faults: faults)
    let settings = root.flatMap { Self.settings($0, folder: ".") }
    try faults.throwIfAny()
    guard let settings else { throw YAMLFaults([]) }
    return settings
  }

  private static func parse(path: String, faults: YAMLValue.FaultList) -> Settings? {
    guard let text = text(path: path, faults: faults) else { return nil }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    return YAMLValue.parse(text, file: path, faults: faults).flatMap {
      settings($0, folder: folder)
    }
  }

  private static func text(path: String, faults: YAMLValue.FaultList) -> String? {
    if let text = try? String(contentsOfFile: path, encoding: .utf8) { return text }
    let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
    faults.note(
      "the file \(reason); 'plumbline init' writes one, --config names another",
      at: Place(file: path, line: 1, column: 1)
    )
    return nil
  }

  private static func settings(_ value: YAMLValue, folder: String) -> Settings? {
    guard let root = value.mapping(known: topKeys) else { return nil }
    let zone = root.optional("timezone")
    let calendar =
      zone.map {
        $0.parsed("an IANA time zone such as Europe/Berlin") { ZonedCalendar(identifier: $0) }
      } ?? ZonedCalendar(identifier: "UTC")
    // With a faulty zone the rest is still read, so that all faults are listed together.
    guard let calendar = calendar ?? ZonedCalendar(identifier: "UTC") else { return nil }
    var models = root.optional("models")?.list() ?? []
    for pattern in root.optional("include")?.list() ?? [] {
      models += included(pattern, folder: folder)
    }
    if models.isEmpty, value.faults.faults.isEmpty {
      value.fault("no model to watch: give 'models' or 'include'")
    }
    let experiments =
      root.optional("experiments")?.list().compactMap(
        ExperimentReader(calendar: calendar).experiment
      ) ?? []
    noteUnknown(experiments, value.faults)
    let reader = ModelReader(calendar: calendar, experiments: experiments)
    let read = models.compactMap { reader.model($0) }
    for (index, model) in read.enumerated()
    where read[..<index].contains(where: { $0.name.value == model.name.value }) {
      value.faults.note(
        "a second model is called '\(model.name.value)'",
        at: model.name.place
      )
    }
    let rules = root.optional("rules")?.list().compactMap { $0.text() }.map {
      $0.hasPrefix("/") ? $0 : folder + "/" + $0
    }
    let alerting = root.optional("alerting").flatMap(AlertingReader().alerting)
    for name in alerting?.channels.flatMap({ $0.models ?? [] }) ?? []
    where !read.contains(where: { $0.name.value == name.value }) {
      value.faults.note(
        "no model is called '\(name.value)'"
          + Spelling.suggestion(for: name.value, among: read.map(\.name.value)),
        at: name.place
      )
    }
    return Settings(
      calendar: calendar,
      models: read,
      experiments: experiments,
      alerting: alerting ?? AlertingSettings(),
      rules: rules
    )
  }

  /// Notes campaigns that exclude one that is not there, or themselves.
  private static func noteUnknown(
    _ experiments: [ExperimentSettings],
    _ faults: YAMLValue.FaultList
  ) {
    let names = experiments.map(\.name.value)
    for experiment in experiments {
      for other in experiment.exclusive {
        if other.value == experiment.name.value {
          faults.note("a campaign cannot exclude itself", at: other.place)
        } else if !names.contains(other.value) {
          faults.note(
            "no experiment is called '\(other.value)'"
              + Spelling.suggestion(for: other.value, among: names),
            at: other.place
          )
        }
      }
    }
  }

  /// Returns the models of the files that a pattern with `*` in its last part names.
  private static func included(_ pattern: YAMLValue, folder: String) -> [YAMLValue] {
    guard let text = pattern.text() else { return [] }
    let full = URL(fileURLWithPath: text.hasPrefix("/") ? text : folder + "/" + text)
    let parent = full.deletingLastPathComponent()
    let parts = full.lastPathComponent.split(separator: "*", omittingEmptySubsequences: false)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    let matching = names.sorted().filter { name in
      guard let first = parts.first, let last = parts.last else { return false }
      return parts.count == 1
        ? name == String(first)
        : name.hasPrefix(first) && name.hasSuffix(last)
          && name.count >= first.count + last.count
    }
    if matching.isEmpty { pattern.fault("no file matches '\(text)'") }
    return matching.flatMap { name -> [YAMLValue] in
      let path = parent.appendingPathComponent(name).path
      guard let text = Self.text(path: path, faults: pattern.faults),
        let value = YAMLValue.parse(text, file: path, faults: pattern.faults)
      else { return [] }
      // A file holds one model, or a list under 'models' as the main file does.
      return value.isMapping && value.hasKey("models")
        ? value.mapping(known: ["models"])?.optional("models")?.list() ?? [] : value.list()
    }
  }
}
