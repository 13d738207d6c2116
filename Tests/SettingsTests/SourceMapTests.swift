// SPDX-License-Identifier: Apache-2.0
import Foundation
import Settings
import Testing

/// Where settings are written, over several files.
@Suite struct SourceMapTests {
  private static let main = """
    include: ["*.model.yaml"]
    models:
      - name: "churn, EU"
        predictions: { table: p, id: i, time: t, score: s, entity: e }
        segments: [plan, region]
        reference: { from: 2026-01-01, to: 2026-04-01 }
        treatment: { campaign: spring, lasting: 30d }
    experiments:
      - name: spring
        assignments:
          { table: arms, unit: u, arm: a, time: t, control: none }
    alerting:
      channels: [{ name: page, log: stderr, models: ["churn, EU", two] }]
    """

  private static let included = """
    name: two
    predictions: { table: p, id: i, time: t, score: s }
    segments: plan
    reference: { training_table: rows, version: v }
    """

  /// Reads the two files from a folder of their own.
  private func read() throws -> (settings: Settings, sources: SourceMap) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("settings-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("plumbline.yaml")
    try Self.main.write(to: path, atomically: true, encoding: .utf8)
    try Self.included.write(
      to: folder.appendingPathComponent("two.model.yaml"),
      atomically: true,
      encoding: .utf8
    )
    return try SettingsFile.read(path: path.path)
  }

  private func place(_ path: ConfigPath, in sources: SourceMap) throws -> String {
    let place = try #require(sources.place(of: path))
    return "\(URL(fileURLWithPath: place.file).lastPathComponent):\(place.line):\(place.column)"
  }

  @Test func `a path is found in the file that holds it`() throws {
    let (settings, sources) = try read()
    #expect(settings.models.map(\.name) == ["churn, EU", "two"])
    let first = ConfigPath.model("churn, EU")
    let second = ConfigPath.model("two")
    for (path, expected) in [
      (first.key("name"), "plumbline.yaml:3:11"),
      (first.key("predictions").key("score"), "plumbline.yaml:4:53"),
      (first.key("segments")[1], "plumbline.yaml:5:22"),
      (first.key("treatment").key("campaign"), "plumbline.yaml:7:28"),
      (.experiment("spring").key("assignments").key("unit"), "plumbline.yaml:11:28"),
      (.channel("page").key("models")[1], "plumbline.yaml:13:63"),
      (second.key("predictions").key("table"), "two.model.yaml:2:23"),
      (second.key("reference").key("version"), "two.model.yaml:4:45"),
    ] {
      #expect(try place(path, in: sources) == expected, "\(path)")
    }
  }

  @Test func `what is not written has the place of what is around it`() throws {
    let (_, sources) = try read()
    // One text that stands for a list of one.
    #expect(
      try place(.model("two").key("segments")[0], in: sources) == "two.model.yaml:3:11"
    )
    #expect(
      try place(.model("two").key("decision").key("top"), in: sources) == "two.model.yaml:1:1"
    )
    #expect(sources.place(of: ConfigPath().key("rules")) == nil)
    #expect(sources.exactPlace(of: .model("two").key("decision")) == nil)
  }

  @Test func `errors that are found later get their places`() throws {
    let (_, sources) = try read()
    let path = ConfigPath.model("two").key("predictions").key("time")
    let errors = ConfigErrors([ConfigError("predictions has no column 't'", path: path)])
    #expect(errors.description == "models[two].predictions.time: predictions has no column 't'")
    let placed = sources.placing(errors)
    #expect(placed.description.hasSuffix("/two.model.yaml:2:39: predictions has no column 't'"))
    #expect(SourceMap().placing(errors).description == errors.description)
    #expect(sources.origin(of: .rule("A")) == "rules[A]")
  }

  @Test func `of two maps the second holds`() throws {
    let path = ConfigPath.rule("A")
    var first = SourceMap()
    var second = SourceMap()
    first.record(path, at: Place(file: "a", line: 1, column: 1))
    first.record(.rule("B"), at: Place(file: "a", line: 2, column: 1))
    second.record(path, at: Place(file: "b", line: 3, column: 4))
    let merged = first.merging(second)
    #expect(merged.origin(of: path) == "b:3:4")
    #expect(merged.origin(of: .rule("B")) == "a:2:1")
  }
}
