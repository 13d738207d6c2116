// SPDX-License-Identifier: Apache-2.0
import Testing

/// What functions and comments may be, so that each can be read at once.
struct StyleRules {
  static let longestFunction = 70
  static let mostParameters = 6
  static let mostUnlabelled = 2
  static let widestComment = 100

  let file: TidyTests.File
  private let declarations: [SwiftDeclarations.Declaration]
  private let commentLines: Set<Int>

  init(_ file: TidyTests.File) {
    self.file = file
    let scanner = SwiftScanner(file.text)
    declarations = SwiftDeclarations(scanner).all
    commentLines = scanner.commentLines
  }

  private func faults(
    _ fault: (SwiftDeclarations.Declaration) -> String?
  ) -> [String] {
    declarations.compactMap { declaration in
      fault(declaration).map { "\(file.path):\(declaration.line): \(declaration.name) \($0)" }
    }
  }

  var longFunctions: [String] {
    faults { $0.lines > Self.longestFunction ? "has \($0.lines) lines" : nil }
  }

  /// An initializer that only stores its parameters may have any number of them.
  var crowdedFunctions: [String] {
    faults {
      $0.parameters > Self.mostParameters && !$0.onlyStores
        ? "has \($0.parameters) parameters" : nil
    }
  }

  var unlabelledFunctions: [String] {
    faults {
      $0.unlabelled > Self.mostUnlabelled ? "has \($0.unlabelled) parameters without a label" : nil
    }
  }

  var wideComments: [String] {
    let lines = file.lines
    return commentLines.sorted().compactMap { line in
      let width = lines[line - 1].count
      return width > Self.widestComment ? "\(file.path):\(line): \(width) columns" : nil
    }
  }
}

@Suite struct StyleTests {
  /// All files, read once for all tests.
  private static let files = Result {
    try (TidyTests.sources() + TidyTests.files("Tests", "swift")).map(StyleRules.init)
  }

  private func check(_ folder: String = "", _ faults: (StyleRules) -> [String]) throws {
    let found = try Self.files.get().filter { $0.file.path.hasPrefix(folder) }.flatMap(faults)
    #expect(found.isEmpty, "\(found.count) faults:\n\(found.joined(separator: "\n"))")
  }

  @Test func `a function is at most 70 lines long`() throws {
    try check("Sources") { $0.longFunctions }
  }

  @Test func `a function has at most six parameters, unless it only stores them`() throws {
    try check("Sources") { $0.crowdedFunctions }
  }

  @Test func `at most two parameters of a function are unlabelled`() throws {
    try check("Sources") { $0.unlabelledFunctions }
  }

  @Test func `a comment is at most 100 columns wide`() throws {
    try check { $0.wideComments }
  }

  // MARK: The rules themselves

  private func rules(_ text: String) -> StyleRules {
    StyleRules(TidyTests.File(path: "x.swift", text: text))
  }

  @Test func `functions of 71 lines are found, whatever they are`() {
    func body(_ lines: Int) -> String { String(repeating: "\n", count: lines - 1) }
    for start in ["func f() {", "init(a: Int) {", "var a: Int {", "subscript(a: Int) -> Int {"] {
      #expect(rules(start + body(71) + "}").longFunctions.count == 1, "\(start)")
      #expect(rules(start + body(70) + "}").longFunctions.isEmpty, "\(start)")
    }
    #expect(rules("\nfunc f() {" + body(71) + "}").longFunctions == ["x.swift:2: f has 71 lines"])
    #expect(rules("let a = map {" + body(99) + "}").longFunctions.isEmpty)
  }

  @Test func `functions of seven parameters are found, but for stores`() {
    let seven = "a: Int, b: Int, c: Int, d: Int,\n e: Int, f: [Int: Int], g: (Int, Int) -> Int"
    let six = "a: Int, b: Int, c: Int, d: Int, e: Int, f: Pair<Int, Int> = .init(1, 2)"
    #expect(rules("func f(\(seven)) {}").crowdedFunctions == ["x.swift:1: f has 7 parameters"])
    #expect(rules("init(\(seven)) {\n self.a = a\n use(b)\n}").crowdedFunctions.count == 1)
    #expect(rules("init(\(seven)) {\n self.a = a\n self.b = b\n}").crowdedFunctions.isEmpty)
    #expect(rules("func f(\(six)) {}\ninit(\(six)) { use(a) }").crowdedFunctions.isEmpty)
  }

  @Test func `three unlabelled parameters are found`() {
    #expect(
      rules("func f(_ a: Int, _ b: Int,\n  @Builder _ c: () -> Int)").unlabelledFunctions
        == ["x.swift:1: f has 3 parameters without a label"]
    )
    #expect(rules("func f(_ a: Int, _ b: Int, c: Int, to d: Int)").unlabelledFunctions.isEmpty)
    #expect(rules("f { (_ a: Int, _ b: Int, _ c: Int) in 1 }").unlabelledFunctions.isEmpty)
    let stores = "init(_ a: Int, _ b: Int, _ c: Int) {\n self.a = a\n}"
    #expect(rules(stores).unlabelledFunctions.count == 1)
  }

  @Test func `comments of 101 columns are found, strings are not`() {
    let wide = String(repeating: "ü", count: 101 - 3)
    #expect(rules("\n// \(wide)").wideComments == ["x.swift:2: 101 columns"])
    #expect(rules("a /*\n   \(wide)*/").wideComments.count == 1)
    #expect(rules("// \(wide.dropLast())").wideComments.isEmpty)
    #expect(rules("let a = \"// \(wide)\"").wideComments.isEmpty)
  }
}
