// SPDX-License-Identifier: Apache-2.0
private import Foundation

/// The calendar of one time zone: which local day a moment belongs to, and when that day began.
package struct ZonedCalendar: Sendable {
  package let identifier: String
  private let zone: TimeZone

  /// The calendar of an IANA time zone; nil when there is none of that name.
  package init?(identifier: String) {
    guard let zone = TimeZone(identifier: identifier) else { return nil }
    self.identifier = identifier
    self.zone = zone
  }

  /// How far the local clock is ahead of UTC at a moment, in microseconds.
  func offset(at instant: Instant) -> Int64 {
    let seconds = Double(instant.microseconds) / 1e6
    return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds))) * 1_000_000
  }

  /// Returns the local date at a moment.
  package func date(at instant: Instant) -> CivilDate {
    let local = instant.microseconds + offset(at: instant)
    return CivilDate(dayNumber: Int(local.flooredDivision(by: Instant.microsecondsPerDay)))
  }

  /// Returns the moment at which a local date begins.
  ///
  /// Where the clock skips midnight, that is the first moment of the date that exists.
  package func start(of date: CivilDate) -> Instant {
    let midnight = Int64(date.dayNumber) * Instant.microsecondsPerDay
    let guess = midnight - offset(at: Instant(microseconds: midnight))
    let start = Instant(
      microseconds: midnight - offset(at: Instant(microseconds: guess))
    )
    return self.date(at: start) == date ? start : Instant(microseconds: guess)
  }
}

extension ZonedCalendar {
  /// Reads a moment; a date alone means the start of that day here.
  package func instant(_ text: String) -> Instant? {
    guard text.utf8.count == 10, let midnight = Instant(text) else { return Instant(text) }
    return start(of: CivilDate(dayNumber: Int(midnight.microseconds / 86_400_000_000)))
  }
}
