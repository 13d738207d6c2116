// SPDX-License-Identifier: Apache-2.0
import TestKit

extension MarkdownPage {
  /// Every page of the repository.
  static func all() throws -> [MarkdownPage] {
    try ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map { try MarkdownPage(path: $0) }
      + ["docs", "alerts", "sql"].flatMap { try TidyTests.files($0, "md") }
      .map { MarkdownPage(path: $0.path, text: $0.text) }
  }
}
