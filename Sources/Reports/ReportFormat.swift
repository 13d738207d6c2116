// SPDX-License-Identifier: Apache-2.0

/// A way to print a report.
package enum ReportFormat: String, CaseIterable, Sendable {
  case text, markdown, json, html

  /// Returns the report in this format.
  ///
  /// - `style`: How text is coloured; the other formats ignore it.
  /// - `isCompact`: Whether JSON is one line; the other formats ignore it.
  /// - `chartLibrary`: The text of Chart.js for HTML; without it the page has tables only.
  /// - Throws: For HTML, when the template is damaged.
  package func render(
    _ report: Report,
    style: TextStyle = .plain,
    isCompact: Bool = false,
    chartLibrary: String? = nil
  ) throws -> String {
    switch self {
    case .text: TextReport(style: style).render(report)
    case .markdown: MarkdownReport().render(report)
    case .json: try JSONReport(isCompact: isCompact).render(report)
    case .html: try HTMLReport(chartLibrary: chartLibrary).render(report)
    }
  }
}

/// Colours for a terminal, or none.
package enum TextStyle: Sendable {
  case plain, colored

  package func red(_ text: String) -> String { paint(text, 31) }
  package func yellow(_ text: String) -> String { paint(text, 33) }
  package func green(_ text: String) -> String { paint(text, 32) }
  package func dim(_ text: String) -> String { paint(text, 2) }
  package func bold(_ text: String) -> String { paint(text, 1) }

  private func paint(_ text: String, _ code: Int) -> String {
    self == .plain ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
