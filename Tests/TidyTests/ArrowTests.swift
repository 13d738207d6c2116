// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// What targets import, and what they may.
struct Arrows {
  /// The project's own targets by name, each with the dependencies that the manifest names; system
  /// libraries are none.
  private(set) var declared: [String: Set<String>] = [:]

  /// Reads the targets of a manifest.
  init(manifest: String) {
    let tokens = SwiftScanner(manifest).tokens
    let kinds: Set = ["target", "executableTarget", "testTarget", "plugin"]
    for index in tokens.indices.dropFirst()
    where kinds.contains(tokens[index].text) && tokens[index - 1].text == "." {
      var (depth, argument) = (0, "")
      var name: String?
      var dependencies: Set<String> = []
      for (place, token) in tokens.enumerated().dropFirst(index + 1) {
        if token.kind == .symbol, "([".contains(token.text) { depth += 1 }
        if token.kind == .symbol, ")]".contains(token.text) { depth -= 1 }
        if depth == 0 { break }
        if depth == 1, token.kind == .word, tokens[place + 1].text == ":" { argument = token.text }
        guard token.kind == .string else { continue }
        if depth == 1, argument == "name" { name = token.text }
        if depth == 2, argument == "dependencies" { dependencies.insert(token.text) }
      }
      if let name { declared[name] = dependencies }
    }
  }

  /// The modules that a file imports.
  static func imports(_ text: String) -> Set<String> {
    let tokens = SwiftScanner(text).tokens
    let declarations: Set = ["struct", "class", "enum", "protocol", "func", "var", "let"]
    var modules: Set<String> = []
    for index in tokens.indices.dropLast() where tokens[index].text == "import" {
      let line = tokens[index].line
      let begin = tokens[..<index].lastIndex { $0.line != line } ?? -1
      // `import` may follow an attribute and an access level, nothing else.
      guard tokens[index].kind == .word, index - begin <= 4,
        index == 0 || tokens[index - 1].text != "."
      else { continue }
      let next = declarations.contains(tokens[index + 1].text) ? index + 2 : index + 1
      if tokens.indices.contains(next), tokens[next].line == line {
        modules.insert(tokens[next].text)
      }
    }
    return modules
  }

  // MARK: What is allowed

  private static let edges: Set = [
    "Postgres", "Integrations", "WebServer", "SourceTables", "Store",
  ]
  private static let simulation: Set = ["LocalServer", "OperatorTables"]

  /// What each target that is not pure may import besides pure ones.
  ///
  /// All others are pure: values in, values out. A new target is, unless it stands here.
  private static let allowed: [String: Set<String>] = [
    // Edges. Each touches one thing outside the process.
    "Postgres": [], "Integrations": [], "WebServer": [], "LocalServer": [],
    "SourceTables": ["Postgres"], "Store": ["Postgres"], "OperatorTables": ["Postgres"],
    // Rendering comes last: nothing that measures, stores or sends knows a report.
    "Reports": [],
    // Composition.
    "Service": edges.subtracting(["WebServer"]).union(["Reports"]),
    "Daemon": ["Service", "Store", "Postgres", "Integrations", "WebServer", "Reports"],
    "CommandLineSupport": ["Service", "Reports"],
    "CommandLineInterface": ["CommandLineSupport", "Daemon", "Service", "Reports"],
    "plumbline": ["CommandLineInterface"],
    "plumbline-demo": simulation.union([
      "CommandLineSupport", "Service", "Store", "Postgres", "Reports",
    ]),
    "plumbline-trainer": ["Postgres"],
    "Bench": simulation.union(["Service", "SourceTables", "Store", "Postgres", "Reports"]),
  ]

  /// What pure targets may import from outside besides the C library.
  private static let outside: [String: Set<String>] = [
    "Profiles": ["Foundation"], "Checks": ["Foundation"],
    "Reports": ["Foundation", "Mustache"], "Simulator": ["Foundation"],
    "TabularModels": ["CLibLinear", "Foundation"], "Settings": ["Foundation", "Yams"],
  ]

  /// Why a target may not import a module; nil where it may.
  func fault(_ target: String, importing module: String) -> String? {
    guard declared[module] != nil || Self.allowed[module] != nil else {
      let isPure = Self.allowed[target] == nil || target == "Reports"
      let isKnown = module == "Glibc" || Self.outside[target]?.contains(module) ?? false
      return isPure && !isKnown ? "\(target) is pure and imports \(module)" : nil
    }
    if Self.allowed[module] == nil || Self.allowed[target]?.contains(module) ?? false { return nil }
    return "\(target) imports \(module)"
  }
}

@Suite struct ArrowTests {
  private static func target(of path: String) -> String { String(path.split(separator: "/")[1]) }

  /// What runs while the package is built, and what is built for the fuzzer alone.
  private static let apart: Set = ["EmbedFiles", "EmbedFilesPlugin", "Fuzz"]

  private func arrows() throws -> Arrows {
    Arrows(
      manifest: try String(
        contentsOf: Golden.root.appendingPathComponent("Package.swift"),
        encoding: .utf8
      )
    )
  }

  @Test func `targets import only what stands before them`() throws {
    let arrows = try arrows()
    for file in try TidyTests.sources() where !Self.apart.contains(Self.target(of: file.path)) {
      for module in Arrows.imports(file.text).sorted() {
        let fault = arrows.fault(Self.target(of: file.path), importing: module)
        #expect(fault == nil, "\(file.path): \(fault ?? "")")
      }
    }
  }

  @Test func `the manifest says what is imported, no more and no less`() throws {
    let arrows = try arrows()
    var imported: [String: Set<String>] = [:]
    for file in try TidyTests.sources() + TidyTests.files("Tests", "swift") {
      imported[Self.target(of: file.path), default: []].formUnion(Arrows.imports(file.text))
    }
    for (target, dependencies) in arrows.declared where !Self.apart.contains(target) {
      let used = imported[target, default: []].filter { arrows.declared[$0] != nil }
      #expect(used == dependencies.filter { arrows.declared[$0] != nil }, "\(target)")
    }
  }

  // MARK: The rules themselves

  @Test func `a manifest is read`() {
    let arrows = Arrows(
      manifest: """
        let package = Package(name: "p", dependencies: [.package(url: "u", from: "1.0.0")], targets: [
          .target(name: "A"),
          // .target(name: "X"),
          .testTarget(
            name: "B", dependencies: ["A", .product(name: "P", package: "p")], path: "Tests/B"
          ),
          .systemLibrary(name: "C", providers: [.apt(["c-dev"])]),
        ])
        """
    )
    #expect(arrows.declared == ["A": [], "B": ["A"]])
  }

  @Test func `imports are read`() {
    let text = """
      import A
      package import B
      @preconcurrency private import C
      import struct D.Thing
      // import E
      let text = "import F"
      let x = notAn.import(G)
      """
    #expect(Arrows.imports(text) == ["A", "B", "C", "D"])
  }

  @Test func `arrows that point back are found`() {
    let names = [
      "Statistics", "Experiments", "Postgres", "Integrations", "Store", "Reports",
      "Service", "plumbline", "CBoostMath",
    ]
    let arrows = Arrows(
      manifest: names.map { ".target(name: \"\($0)\")" }.joined(separator: "\n")
    )
    for (target, module) in [
      ("Statistics", "Postgres"), ("Experiments", "Reports"), ("Statistics", "Foundation"),
      ("Store", "Reports"), ("Store", "Integrations"), ("Integrations", "Store"),
      ("Reports", "Store"),
      ("Reports", "Hummingbird"), ("plumbline", "Store"), ("plumbline", "Postgres"),
      ("SourceTables", "Store"), ("Service", "plumbline"), ("Experiments", "CLibLinear"),
      ("Service", "WebServer"), ("plumbline", "Service"),
    ] {
      #expect(arrows.fault(target, importing: module) != nil, "\(target) → \(module)")
    }
    for (target, module) in [
      ("Experiments", "Statistics"), ("Statistics", "CBoostMath"), ("Statistics", "Glibc"),
      ("Store", "Postgres"), ("Store", "Experiments"), ("Integrations", "Alerting"),
      ("Service", "Store"), ("Service", "Reports"),
      ("plumbline", "CommandLineInterface"), ("Daemon", "WebServer"),
      ("Reports", "Mustache"), ("Postgres", "CLibPQ"),
    ] {
      #expect(arrows.fault(target, importing: module) == nil, "\(target) → \(module)")
    }
  }
}
