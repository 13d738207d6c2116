// SPDX-License-Identifier: Apache-2.0
import Testing

/// What the rules of style see of a file.
@Suite struct SwiftScannerTests {
  private func words(_ text: String) -> [String] {
    SwiftScanner(text).tokens.filter { $0.kind == .word }.map(\.text)
  }

  private func declarations(_ text: String) -> [SwiftDeclarations.Declaration] {
    SwiftDeclarations(SwiftScanner(text)).all
  }

  @Test func `strings hold no code, whatever is interpolated in them`() {
    #expect(words(#"a "func { \(b("}")) \" func" c"#) == ["a", "c"])
    #expect(words(##"a #"no end " \(no) \#(b) func"# c"##) == ["a", "c"])
    let long = #"""
      a = """
        func { \(b) "
        """ + c
      """#
    let scanner = SwiftScanner(long)
    #expect(words(long) == ["a", "c"])
    #expect(scanner.tokens.map(\.line) == [1, 1, 1, 3, 3])
    #expect(SwiftScanner(#"x = "a\("b")c""#).tokens.last?.text == #"a\("b")c"#)
    #expect(words("a = \"\" + b") == ["a", "b"])
    #expect(words("`a func` \"never ended") == ["`a func`"])
  }

  @Test func `comments hold no code, and are known by their lines`() {
    let scanner = SwiftScanner("a // func\n/* b /* c */\n d */ e\n\"// no\"\nf /// \"")
    #expect(scanner.tokens.filter { $0.kind == .word }.map(\.text) == ["a", "e", "f"])
    #expect(scanner.commentLines == [1, 2, 3, 5])
  }

  @Test func `a function is measured from its name to its end`() throws {
    let text = """
      struct S {
        func first<A: P, B>(
          _ a: A,
          by b: [String: Pair<Int, Int>] = ["{": Pair(1, 2)],
          then: @escaping (Int, Int) -> Void = { _, _ in }
        ) async throws(E)
          -> Result<A, E>?
        where B == A {
          if a < b { "}" }
        }
        func required(_ a: Int, _ b: Int) -> Int?
        func next() -> Array<Int>
        static func < (a: S, b: S) -> Bool { true }
        deinit {
          end()
        }
        subscript(row: Int, column: Int) -> Int { 1 }
      }
      """
    let all = declarations(text)
    #expect(
      all.map(\.name) == ["first", "required", "next", "<", "deinit", "subscript"]
    )
    #expect(all.map(\.lines) == [9, 1, 1, 1, 3, 1])
    #expect(all.map(\.parameters) == [3, 2, 0, 2, 0, 2])
    #expect(all.map(\.unlabelled) == [1, 2, 0, 0, 0, 0])
  }

  @Test func `a property with accessors is measured, one with a value is not`() {
    let text = """
      var a: Int { 1 }
      var b: [String: Int] = [:]
      var c: Int = values.map {
        $0
      }
      var d: Int
      if true {
        work()
      }
      var e: Int?
      {
        get { 1 }
        set { store(newValue) }
      }
      """
    #expect(declarations(text).map(\.name) == ["a", "e"])
    #expect(declarations(text).map(\.lines) == [1, 5])
  }

  @Test func `an initializer that only stores is known from one that does more`() {
    func onlyStores(_ body: String) -> Bool? {
      declarations("init?(a: Int, b: Int) throws {\n\(body)\n}").first?.onlyStores
    }
    #expect(
      onlyStores(
        """
        self.a = a
        self.b.c =
          b > 0
          ? try read(b) { work() } : .max
        (d, e) = (a, b); f = 1
        """
      ) == true
    )
    #expect(onlyStores("precondition(a > 0)\nself.a = a") == false)
    #expect(onlyStores("self.a = a\nif b == 0 { self.b = b }") == false)
    #expect(onlyStores("a == b") == false)
    #expect(onlyStores("") == false)
    #expect(declarations("func f() { self.init(a: 1); x = .init(2) }").map(\.name) == ["f"])
  }
}
