// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// Words that a reader from the field would not search for, and what to write instead.
@Suite struct WordTests {
  /// A phrase that must not appear.
  private struct Phrase: Sendable {
    /// Letters that every match holds, in lower case; a quick first test.
    let stem: String
    /// A regular expression; case does not matter.
    let pattern: String
    let instead: String
  }

  /// The only list.
  ///
  /// "interim look", "return", "lookup" and verbs such as "looks like" pass.
  private static let phrases = [
    Phrase(stem: "told", pattern: #"told"#, instead: "notified, sent, reported"),
    Phrase(stem: "telling", pattern: #"\btelling\b"#, instead: "notifying, reporting"),
    Phrase(stem: "to tell", pattern: #"\bwhom? to tell\b"#, instead: "whom to notify"),
    Phrase(
      stem: "turn",
      pattern: #"\b(take|takes|took|taking|taken)_?( an?| its| their| the)? ?turns?\b"#,
      instead: "lock"
    ),
    Phrase(stem: "turn", pattern: #"\b(its|their|whose|run's|run’s) turn\b"#, instead: "lock"),
    Phrase(stem: "withturn", pattern: #"withTurn"#, instead: "withModelLock"),
    Phrase(stem: "turned down", pattern: #"\bturned down\b"#, instead: "rejected"),
    Phrase(stem: "mend", pattern: #"\bmend(s|ed|ing|er)?\b|\bmendFeed|\bcanMend"#, instead: "fix"),
    Phrase(
      stem: "look",
      pattern: #"\b(an?|each|every|one|per|whole|another) look\b(?!-)"#,
      instead: "evaluation; interim look"
    ),
    Phrase(
      stem: "looks",
      pattern: #"\b(the|all|daily|planned|logged|past|many|such|few|no|these|of|by) looks\b"#,
      instead: "evaluations; interim looks"
    ),
    Phrase(stem: "desk", pattern: #"[a-z]*desk\b"#, instead: "JobAdmin"),
    Phrase(stem: "bell", pattern: #"\b(job)?bells?\b"#, instead: "listener"),
    Phrase(stem: "watchman", pattern: #"watchman"#, instead: "server, service"),
    Phrase(stem: "in charge", pattern: #"\bin charge\b"#, instead: "champion, active"),
    Phrase(stem: "incharge", pattern: #"inCharge"#, instead: "champion, active"),
    Phrase(stem: "on trial", pattern: #"\bon trial\b"#, instead: "challenger"),
    Phrase(stem: "gravest", pattern: #"\bgravest\b"#, instead: "most severe"),
    Phrase(stem: "reckon", pattern: #"\breckon"#, instead: "compute, expect"),
    Phrase(stem: "heed", pattern: #"\b(un)?heed"#, instead: "respect"),
    Phrase(stem: "no.", pattern: #"\bno\. ?(\d|\\\(|%|NUMBER)"#, instead: "#5, job 5"),
    Phrase(stem: "nought", pattern: #"\bnought\b"#, instead: "zero, 0"),
    Phrase(stem: "anew", pattern: #"\banew\b"#, instead: "again"),
    Phrase(stem: "for ever", pattern: #"\bfor ever\b"#, instead: "until stopped, without limit"),
    Phrase(stem: "'s word", pattern: #"\bperson['’]s word\b"#, instead: "operator decision"),
    Phrase(stem: " along", pattern: #"\bcomes? along\b"#, instead: "bundled"),
  ]

  @Test func `texts use the field's words`() throws {
    var hits: [String] = []
    let phrases = try Self.phrases.map { ($0, try Self.regex($0)) }
    for (path, content) in try Self.texts() {
      // The name of a file is read too, as its line 0.
      let text = path + "\n" + content
      let lower = text.lowercased()
      let near = phrases.filter { lower.contains($0.0.stem) }
      guard !near.isEmpty else { continue }
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        for (phrase, pattern) in near {
          guard let match = line.firstMatch(of: pattern) else { continue }
          hits.append("\(path):\(index): '\(line[match.range])'; instead: \(phrase.instead)")
        }
      }
    }
    #expect(hits.isEmpty, "\(hits.count) lines\n\(hits.joined(separator: "\n"))")
  }

  @Test func `phrases are found, and words that only look like them pass`() throws {
    let bad = [
      "was told", "take its turn", "mend-feed", "22 tests a look", "30 looks: by looks", "JobDesk",
      "in charge", "job no. 5", #"job no. \(number)"#, "counted anew", "The gravest",
      "take_turn.sql", "isTold", "scoreInCharge",
    ]
    let good = [
      "return it", "in turn", "an interim look", "three interim looks", "it looks like", "lookup",
      "recommend", "a look-up", "look at it", "label", "Paul Mendel", "unless no.", "`looks` (3)",
    ]
    let patterns = try Self.phrases.map(Self.regex)
    for text in bad {
      #expect(patterns.contains { text.firstMatch(of: $0) != nil }, "\(text)")
    }
    for text in good {
      #expect(!patterns.contains { text.firstMatch(of: $0) != nil }, "\(text)")
    }
  }

  private static func regex(_ phrase: Phrase) throws -> Regex<AnyRegexOutput> {
    try Regex(phrase.pattern).ignoresCase().wordBoundaryKind(.simple)
  }

  /// The texts that people read, by their paths.
  private static func texts() throws -> [(String, String)] {
    let folders = [
      ("Sources", ["swift", "mustache", "html", "js", "css"]), ("sql", ["sql", "md"]),
      ("docs", ["md"]), ("alerts", ["md", "yaml"]),
    ]
    let files = try folders.flatMap { folder, endings in
      try endings.flatMap { try TidyTests.files(folder, $0) }
    }
    let top = try ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map { path in
      (path, try String(contentsOf: Golden.root.appendingPathComponent(path), encoding: .utf8))
    }
    return files.map { ($0.path, $0.text) } + top
  }
}
