// SPDX-License-Identifier: Apache-2.0

/// A moment: microseconds since 1970-01-01T00:00:00Z, the resolution of PostgreSQL.
package struct Instant: Sendable, Hashable, Comparable {
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// Before anything that was ever logged, 0001-01-01: a date that every program can write.
  package static let distantPast = Instant(microseconds: -62_135_596_800_000_000)
  /// After anything, 9999-12-31.
  package static let distantFuture = Instant(microseconds: 253_402_214_400_000_000)

  package static func < (left: Instant, right: Instant) -> Bool {
    left.microseconds < right.microseconds
  }

  /// Returns the moment `duration` later.
  package func advanced(by duration: FixedDuration) -> Instant {
    Instant(microseconds: microseconds + duration.microseconds)
  }
}

/// ISO 8601 reading and writing, in UTC.
extension Instant: CustomStringConvertible, Codable {
  static let microsecondsPerDay: Int64 = 86_400_000_000

  /// A moment from its date and time of day in UTC; nil when the date does not exist.
  package init?(_ date: CivilDate, microsecondOfDay: Int64 = 0) {
    guard (0...Self.microsecondsPerDay).contains(microsecondOfDay) else { return nil }
    self.init(
      microseconds: Int64(date.dayNumber) * Self.microsecondsPerDay + microsecondOfDay
    )
  }

  /// Reads `2026-01-31`, `2026-01-31T08:30Z`, `2026-01-31 08:30:00.5+02:00`; a time without a zone
  /// is UTC.
  package init?(_ text: some StringProtocol) {
    var reader = ISOReader(text.utf8)
    guard let instant = reader.instant() else { return nil }
    self = instant
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let instant = Instant(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "not an ISO 8601 moment: \(text)"
      )
    }
    self = instant
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// `2026-01-31T08:30:00Z`, with a fraction only where there is one.
  package var description: String {
    let day = Int(microseconds.flooredDivision(by: Self.microsecondsPerDay))
    let rest = microseconds - Int64(day) * Self.microsecondsPerDay
    let seconds = rest / 1_000_000
    let fraction = rest % 1_000_000
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0.padded(2) }
    let tail = fraction == 0 ? "" : "." + fraction.padded(6)
    return "\(CivilDate(dayNumber: day))T\(clock.joined(separator: ":"))\(tail)Z"
  }
}

extension BinaryInteger {
  /// Returns the quotient rounded toward minus infinity.
  func flooredDivision(by divisor: Self) -> Self {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder != 0 && (remainder < 0) != (divisor < 0) ? quotient - 1 : quotient
  }

  func padded(_ width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// A length of time that is the same at every date; a `1d` of 24 hours.
package struct FixedDuration: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  package static let zero = FixedDuration(microseconds: 0)
  package static let day = FixedDuration(days: 1)

  /// So many days of 24 hours.
  package init(days: Int) { self.init(microseconds: Int64(days) * Instant.microsecondsPerDay) }

  package static func + (left: Self, right: Self) -> Self {
    FixedDuration(microseconds: left.microseconds + right.microseconds)
  }

  package static prefix func - (duration: Self) -> Self {
    FixedDuration(microseconds: -duration.microseconds)
  }

  package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

  private static let units: [(suffix: String, seconds: Int64)] = [
    ("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
  ]

  /// Reads `90d`, `2h`, `15m`, `30s` or `1w`; nil for anything else or for more than 100 years.
  package init?(_ text: String) {
    guard let unit = Self.units.first(where: { text.hasSuffix($0.suffix) }),
      let count = Int64(text.dropLast()), (0...3_200_000_000).contains(count),
      count * unit.seconds <= 3_200_000_000
    else { return nil }
    self.init(microseconds: count * unit.seconds * 1_000_000)
  }

  /// The shortest exact form: `90d`, `36h`.
  package var description: String {
    let seconds = microseconds / 1_000_000
    guard seconds > 0 else { return "0s" }
    let unit = Self.units.dropFirst().first { seconds.isMultiple(of: $0.seconds) }
    return unit.map { "\(seconds / $0.seconds)\($0.suffix)" } ?? "\(seconds)s"
  }

  /// The length in days of 24 hours.
  package var days: Double { Double(microseconds) / Double(Instant.microsecondsPerDay) }
}
