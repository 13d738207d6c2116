// SPDX-License-Identifier: Apache-2.0
import Profiles

/// What the reference scan learns of one column.
struct ColumnSample: Sendable {
  /// Finite numbers of the sampled rows; NaN stands for a row without one.
  private(set) var values: [Double] = []
  /// Rows by level, for categories.
  private(set) var levels: [String: ClockRecognition.Level] = [:]
  private var levelsByHash: [UInt64: String] = [:]
  private var hasOverflowed = false
  private var smallest = Double.infinity
  private var largest = -Double.infinity
  private var numbers = 0
  private var texts = 0

  /// Takes up one value.
  ///
  /// - `time`: When the prediction was made, in seconds from any moment.
  /// - `place`: The row's place in the sample, nil when the row is not in it.
  mutating func add(_ scalar: Scalar, _ row: RawSpan, time: Double, place: Int?) {
    switch scalar {
    case .missing: break
    case .number(let value):
      numbers += 1
      // The largest double has no next one that could be an edge.
      guard value.isFinite, abs(value) < .greatestFiniteMagnitude else { return }
      smallest = min(smallest, value)
      largest = max(largest, value)
      if let place { keep(value, at: place) }
    case .flag(let flag):
      texts += 1
      levels[flag ? "true" : "false", default: ClockRecognition.Level()].add(time: time)
    case .text(let offset, let length):
      texts += 1
      let level = level(of: row, at: offset, length: length)
      if let level { levels[level, default: ClockRecognition.Level()].add(time: time) }
    }
  }

  /// The level of a text; nil where there are too many.
  private mutating func level(of row: RawSpan, at offset: Int, length: Int) -> String? {
    let hash = ByteHash.of(row.slice(offset, length))
    if let level = levelsByHash[hash] {
      return level
    } else if levels.count < ReferenceScanner.levelLimit {
      let level = String(row, at: offset, length: length)
      levelsByHash[hash] = level
      return level
    }
    hasOverflowed = true
    return nil
  }

  /// A row without a number gets a place too, so that rows can be dropped later.
  private mutating func keep(_ value: Double, at place: Int) {
    while values.count < place { values.append(.nan) }
    values.append(value)
  }

  /// Keeps the values of the rows that stay in the sample.
  mutating func thin(_ kept: [Bool]) {
    while values.count < kept.count { values.append(.nan) }
    values = zip(values, kept).filter(\.1).map(\.0)
  }

  /// Returns the bins that suit what was seen.
  ///
  /// - `type`: The column's type; nil for a jsonb member, where the majority decides.
  /// - `isIdentifier`: What the configuration says, nil where it leaves it to us.
  /// - `times`: When the sampled rows' predictions were made, in seconds; nil where the column is
  ///   wanted whatever it follows.
  func kind(type: ColumnType?, isIdentifier: Bool?, times: [Double]?) -> FeatureKind {
    let isNumber = type?.isNumber ?? (numbers >= texts)
    let finite = values.filter { !$0.isNaN }
    if isIdentifier == true { return identifier(finite, "declared in the configuration") }
    if let times, let reason = clockReason(isNumber, times) {
      return .identifier(IdentifierBinning(known: [], overflowed: true, reason: reason))
    }
    if isNumber {
      if isIdentifier == nil, let reason = IdentifierRecognition.reason(forNumbers: finite) {
        return identifier(finite, reason)
      }
      let range = smallest <= largest ? smallest...largest : nil
      return .numeric(NumericBinningBuilder().binning(of: finite, range: range))
    }
    let reason = IdentifierRecognition.reason(
      distinct: levels.count,
      overflowed: hasOverflowed,
      rows: texts
    )
    if isIdentifier == nil || hasOverflowed, let reason { return identifier(finite, reason) }
    return .category(CategoryBinning(counts: levels.mapValues(\.rows)))
  }

  /// Why the column follows the clock; nil where it does not.
  private func clockReason(_ isNumber: Bool, _ times: [Double]) -> String? {
    if isNumber { return ClockRecognition.reason(values: values, times: times) }
    return hasOverflowed ? nil : ClockRecognition.reason(levels: levels.values)
  }

  private func identifier(_ finite: [Double], _ reason: String) -> FeatureKind {
    var counts: [UInt64: Int] = [:]
    for value in finite { counts[ByteHash.of(value), default: 0] += 1 }
    for (level, seen) in levels { counts[ByteHash.of(level), default: 0] += seen.rows }
    let hashes = Set(counts.keys)
    // Where nearly every row has a value of its own, all of the next ones are new.
    let rows = max(finite.count, texts)
    let isUnique = hashes.count * 2 > rows && hashes.count > 50
    let isOver = hasOverflowed || isUnique || hashes.count > ReferenceScanner.levelLimit
    return .identifier(
      IdentifierBinning(
        known: isOver ? [] : hashes.sorted(),
        overflowed: isOver,
        reason: reason,
        seen: SeenLevels(counts.values)
      )
    )
  }
}
