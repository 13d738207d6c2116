// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Settings

extension OperatorCalendar {
  /// Reads a calendar from a YAML file.
  ///
  /// - Throws: `ConfigErrors` with everything that is wrong with it.
  package static func read(path: String) throws -> OperatorCalendar {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw ConfigErrors([
        ConfigError(
          "the file cannot be read",
          path: ConfigPath(),
          place: Place(file: path, line: 1, column: 1)
        )
      ])
    }
    return try read(text: text, file: path)
  }

  /// Reads a calendar from the text of a YAML file.
  package static func read(text: String, file: String) throws -> OperatorCalendar {
    let reading = YAMLReading()
    let calendar = YAMLValue.parse(text, file: file, reading: reading).flatMap(
      CalendarReader().read
    )
    try reading.throwIfAny()
    guard let calendar else { throw ConfigErrors([]) }
    return calendar
  }
}

private struct CalendarReader {
  func read(_ value: YAMLValue) -> OperatorCalendar? {
    guard
      let root = value.mapping(
        known: [
          "seed", "customers", "start", "months", "incidents", "campaign", "challenger_month",
        ]
      )
    else { return nil }
    let seed = root.optional("seed").flatMap { $0.parsed("a whole number") { UInt64($0) } }
    let customers = root.required("customers").flatMap {
      whole($0, in: OperatorCalendar.customerRange, "customers")
    }
    let start = root.required("start").flatMap(firstOfMonth)
    let months = root.required("months").flatMap { whole($0, in: 1...600, "months") }
    guard let customers, let start, let months else { return nil }
    var calendar = OperatorCalendar(
      seed: seed ?? 20_250_101,
      customers: customers,
      start: start,
      months: months
    )
    calendar.incidents =
      root.optional("incidents")?.list().compactMap { incident($0, calendar) } ?? []
    for (index, one) in calendar.incidents.enumerated()
    where calendar.incidents[..<index].contains(where: { $0.kind == one.kind && $0.overlaps(one) })
    {
      root.optional("incidents")?.addError("two incidents '\(one.kind.rawValue)' overlap")
    }
    if let value = root.optional("campaign") { calendar.campaign = campaign(value, calendar) }
    if let value = root.optional("challenger_month") {
      calendar.challengerMonth = whole(value, in: 1...max(1, months - 1), "a month, counted from 0")
    }
    return calendar
  }

  private func whole(_ value: YAMLValue, in range: ClosedRange<Int>, _ what: String) -> Int? {
    value.parsed("\(what) between \(range.lowerBound) and \(range.upperBound)") { text in
      Int(text.replacing("_", with: "")).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  private func date(_ value: YAMLValue) -> CivilDate? {
    value.parsed("a date such as 2025-01-31") { text in
      let parts = text.split(separator: "-", omittingEmptySubsequences: false).compactMap {
        Int($0)
      }
      return parts.count == 3
        ? CivilDate(year: parts[0], month: parts[1], day: parts[2]) : nil
    }
  }

  private func firstOfMonth(_ value: YAMLValue) -> CivilDate? {
    guard let date = date(value) else { return nil }
    if date.day == 1 { return date }
    value.addError("expected the first of a month, found '\(date)'")
    return nil
  }

  private func incident(_ value: YAMLValue, _ calendar: OperatorCalendar) -> Incident? {
    guard let root = value.mapping(known: ["kind", "from", "until", "size"]) else { return nil }
    let kind = root.required("kind")?.choice("incident", Incident.Kind.self)
    let from = root.required("from").flatMap(date)
    let until = root.optional("until").map(date)
    guard let kind, let from else { return nil }
    let range = kind.sizes
    let size = root.optional("size").map {
      $0.number(in: range, "a size between \(range.lowerBound) and \(range.upperBound)")
    }
    if from.dayNumber < calendar.start.dayNumber || from.dayNumber >= calendar.end.dayNumber {
      value.addError("\(from) is not between \(calendar.start) and \(calendar.end)")
    }
    if let until = until ?? nil, until.dayNumber <= from.dayNumber {
      value.addError("the incident ends before it begins")
    }
    if kind == .labelFeedStops, until == nil {
      value.addError("'label_feed_stops' needs 'until': the day on which what waits is reported")
    }
    return Incident(kind, from: from, until: until ?? nil, size: size ?? nil)
  }

  private func campaign(_ value: YAMLValue, _ calendar: OperatorCalendar) -> Campaign? {
    guard let root = value.mapping(known: ["name", "month", "hold_out"]) else { return nil }
    let name = root.required("name")?.text()
    let month = root.required("month").flatMap(firstOfMonth)
    let holdOut = root.optional("hold_out").map {
      $0.number(in: 0.01...0.99, "a share such as 20%")
    }
    guard let name, let month else { return nil }
    if month.dayNumber < calendar.start.dayNumber || month.dayNumber >= calendar.end.dayNumber {
      value.addError("\(month) is not between \(calendar.start) and \(calendar.end)")
    }
    return Campaign(name: name, month: month, holdOut: (holdOut ?? nil) ?? 0.2)
  }
}

extension Incident {
  fileprivate func overlaps(_ other: Incident) -> Bool {
    let end = until?.dayNumber ?? .max
    let otherEnd = other.until?.dayNumber ?? .max
    return from.dayNumber < otherEnd && other.from.dayNumber < end
  }
}
