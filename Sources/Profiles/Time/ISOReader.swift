// SPDX-License-Identifier: Apache-2.0

/// Reads a moment in ISO 8601 from text.
struct ISOReader {
  private var bytes: ArraySlice<UInt8>

  init(_ text: some Sequence<UInt8>) { bytes = ArraySlice(text) }

  /// Returns the moment when the whole text is one; nil otherwise.
  mutating func instant() -> Instant? {
    guard let date = date() else { return nil }
    guard !bytes.isEmpty else { return Instant(date) }
    guard skip(where: { $0 == UInt8(ascii: "T") || $0 == UInt8(ascii: " ") }),
      let time = timeOfDay(), let offset = zoneOffset(), bytes.isEmpty,
      let local = Instant(date, microsecondOfDay: time)
    else { return nil }
    return Instant(microseconds: local.microseconds - offset)
  }

  private mutating func date() -> CivilDate? {
    guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), skip("-"),
      let day = number(digits: 2)
    else { return nil }
    return CivilDate(year: Int(year), month: Int(month), day: Int(day))
  }

  private mutating func timeOfDay() -> Int64? {
    guard let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2),
      minute < 60
    else { return nil }
    var second: Int64 = 0
    var fraction: Int64 = 0
    if skip(":") {
      guard let read = number(digits: 2), read < 60 else { return nil }
      second = read
      if skip(".") {
        var scale: Int64 = 100_000
        while let digit = number(digits: 1) {
          fraction += digit * scale
          scale /= 10
        }
      }
    }
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
  }

  private mutating func zoneOffset() -> Int64? {
    if bytes.isEmpty || skip("Z") { return 0 }
    let sign: Int64
    if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
    guard let hours = number(digits: 2), hours <= 15 else { return nil }
    _ = skip(":")
    let minutes = bytes.isEmpty ? 0 : number(digits: 2)
    guard let minutes, minutes < 60 else { return nil }
    return sign * (hours * 60 + minutes) * 60_000_000
  }

  private mutating func number(digits: Int) -> Int64? {
    guard bytes.count >= digits else { return nil }
    var value: Int64 = 0
    for byte in bytes.prefix(digits) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    bytes.removeFirst(digits)
    return value
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skip { $0 == UInt8(ascii: character) }
  }

  private mutating func skip(where matches: (UInt8) -> Bool) -> Bool {
    guard let first = bytes.first, matches(first) else { return false }
    bytes.removeFirst()
    return true
  }
}
