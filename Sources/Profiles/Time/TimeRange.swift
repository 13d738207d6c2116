// SPDX-License-Identifier: Apache-2.0

/// A half-open span of time, [from, to).
package struct TimeRange: Sendable, Hashable, Codable, CustomStringConvertible {
  package let from: Instant
  package let to: Instant

  /// A span; nil when it would end before it begins.
  package init?(from: Instant, to: Instant) {
    guard from <= to else { return nil }
    self.from = from
    self.to = to
  }

  package func contains(_ instant: Instant) -> Bool { from <= instant && instant < to }

  package func contains(_ other: TimeRange) -> Bool { from <= other.from && other.to <= to }

  package func overlaps(_ other: TimeRange) -> Bool { from < other.to && other.from < to }

  package var description: String { "\(from) to \(to)" }
}

extension [TimeRange] {
  /// The same time in order, with spans that overlap or touch made one.
  package var joined: [TimeRange] {
    sorted { $0.from < $1.from }.reduce(into: []) { merged, next in
      if let last = merged.last, next.from <= last.to,
        let both = TimeRange(from: last.from, to: Swift.max(last.to, next.to))
      {
        merged[merged.count - 1] = both
      } else {
        merged.append(next)
      }
    }
  }
}
