// SPDX-License-Identifier: Apache-2.0
private import Foundation
import Profiles

/// Reads `plumbline.yaml` and the files that it includes.
package enum SettingsFile {
  private static let modelsPath = ConfigPath().key("models")

  /// Returns the settings of a file, and where each of them is written.
  ///
  /// - Throws: `ConfigErrors` with everything that is wrong, in all files.
  package static func read(
    path: String
  ) throws(ConfigErrors) -> (settings: Settings, sources: SourceMap) {
    try read { reading in
      guard let text = text(path: path, reading) else { return nil }
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      return YAMLValue.parse(text, file: path, reading: reading).flatMap {
        settings($0, folder: folder)
      }
    }
  }

  /// Returns the settings that a text holds; for tests and for `init`.
  ///
  /// - Throws: `ConfigErrors` with everything that is wrong.
  package static func read(
    text: String,
    file: String
  ) throws(ConfigErrors) -> (settings: Settings, sources: SourceMap) {
    try read { reading in
      YAMLValue.parse(text, file: file, reading: reading).flatMap { settings($0, folder: ".") }
    }
  }

  private static func read(
    _ body: (YAMLReading) -> Settings?
  ) throws(ConfigErrors) -> (settings: Settings, sources: SourceMap) {
    let reading = YAMLReading()
    let settings = body(reading)
    try reading.throwIfAny()
    guard let settings else { throw ConfigErrors([]) }
    return (settings, reading.sources)
  }

  private static func text(path: String, _ reading: YAMLReading) -> String? {
    if let text = try? String(contentsOfFile: path, encoding: .utf8) { return text }
    let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
    reading.note(
      "the file \(reason); 'plumbline init' writes one, --config names another",
      place: Place(file: path, line: 1, column: 1)
    )
    return nil
  }

  private static func settings(_ value: YAMLValue, folder: String) -> Settings? {
    guard let root = value.mapping(known: keys) else { return nil }
    let zone = root.optional("timezone")
    let calendar =
      zone.map {
        $0.parsed("an IANA time zone such as Europe/Berlin") { ZonedCalendar(identifier: $0) }
      } ?? ZonedCalendar(identifier: "UTC")
    // With a wrong zone the rest is still read, so that all errors are listed together.
    guard let calendar = calendar ?? ZonedCalendar(identifier: "UTC") else { return nil }
    var models = root.optional("models")?.namedList(under: modelsPath) ?? []
    for pattern in root.optional("include")?.list() ?? [] {
      models += included(pattern, folder: folder)
    }
    if models.isEmpty, value.reading.errors.isEmpty {
      value.addError("no model to monitor: give 'models' or 'include'")
    }
    let experiments =
      root.optional("experiments").map { list in
        list.namedList(under: list.path)
          .reading("experiment", name: \.name, ExperimentReader(calendar: calendar).experiment)
      } ?? []
    noteUnknown(experiments, value.reading)
    let reader = ModelReader(calendar: calendar, experiments: experiments)
    let read = models.reading("model", name: \.name, reader.model)
    let rules = root.optional("rules")?.texts().map {
      $0.hasPrefix("/") ? $0 : folder + "/" + $0
    }
    let alerting = root.optional("alerting").flatMap(AlertingReader().alerting)
    noteUnknownModels(
      of: alerting?.channels ?? [],
      known: read.map(\.name),
      value.reading
    )
    return Settings(
      calendar: calendar,
      models: read,
      experiments: experiments,
      alerting: alerting ?? AlertingSettings(),
      rules: rules
    )
  }

  /// Notes models of channels that are not there.
  private static func noteUnknownModels(
    of channels: [ChannelSettings],
    known: [String],
    _ reading: YAMLReading
  ) {
    for channel in channels {
      let path = ConfigPath.channel(channel.name).key("models")
      for (index, name) in (channel.models ?? []).enumerated() where !known.contains(name) {
        reading.note(
          "no model is called '\(name)'" + Spelling.suggestion(for: name, among: known),
          at: path[index]
        )
      }
    }
  }

  /// Notes campaigns that exclude one that is not there, or themselves.
  private static func noteUnknown(_ experiments: [ExperimentSettings], _ reading: YAMLReading) {
    let names = experiments.map(\.name)
    for experiment in experiments {
      let path = ConfigPath.experiment(experiment.name).key("exclusive")
      for (index, other) in experiment.exclusive.enumerated() {
        if other == experiment.name {
          reading.note("a campaign cannot exclude itself", at: path[index])
        } else if !names.contains(other) {
          reading.note(
            "no experiment is called '\(other)'" + Spelling.suggestion(for: other, among: names),
            at: path[index]
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
    if matching.isEmpty { pattern.addError("no file matches '\(text)'") }
    return matching.flatMap { name -> [YAMLValue] in
      let path = parent.appendingPathComponent(name).path
      guard let text = Self.text(path: path, pattern.reading),
        let value = YAMLValue.parse(text, file: path, reading: pattern.reading)
      else { return [] }
      // A file holds one model, or a list under 'models' as the main file does.
      let list =
        value.isMapping && value.hasKey("models")
        ? value.mapping(known: includedKeys)?.optional("models") : value
      return list?.namedList(under: modelsPath) ?? []
    }
  }
}
