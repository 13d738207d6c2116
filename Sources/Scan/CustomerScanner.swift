// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Counts how often predictions of one customer come together, from a stream in order of version,
/// customer and time.
///
/// A row is: time, version if there is one, score (float8), decision (boolean), label (boolean),
/// when the label became known (timestamptz, NULL where no outcome said it), the customer's hash
/// (int8).
package struct CustomerScanner: Sendable {
  /// Pairs of one version.
  package struct Found: Sendable {
    /// By the kinds of windows that were asked for.
    package var windows: [CustomerPairs]
    /// Over all time, with churn as far as it was known by the label age.
    package var early: CustomerPairs
  }

  private let layout: RowLayout
  private let binning: NumericBinning
  private let labelAge: Double
  private var framing = CopyFraming()
  private var versions: VersionNames
  private var windows: [BucketFinder]
  private var found: [Int: Found] = [:]
  private var current: (version: Int, customer: Int64)?
  /// By kind of window: the window that rows fall into now, and what has been seen in it.
  private var open: [(window: Int, kinds: [Int: Int])]
  private var early: [Int: Int] = [:]
  /// Rows read.
  package private(set) var rows = 0

  /// A scanner.
  ///
  /// - `windows`: For each kind of window the edges of such windows in the reference.
  /// - `labelAge`: Churn that became known later is left out of `early`.
  package init(
    binning: NumericBinning,
    hasVersion: Bool,
    constantVersion: String,
    windows: [[Instant]],
    labelAge: FixedDuration
  ) {
    self.binning = binning
    layout = RowLayout(
      hasVersion: hasVersion,
      score: .float8,
      segments: [],
      features: [],
      isJSON: false
    )
    versions = VersionNames(constant: constantVersion)
    self.windows = windows.map(BucketFinder.init)
    self.labelAge = Double(labelAge.microseconds) / 1e6
    open = windows.map { _ in (-1, [:]) }
  }

  /// Counts the rows of one message of a binary COPY.
  package mutating func scan(_ message: RawSpan) throws(ScanError) {
    var cursor = FieldCursor(offset: try framing.start(of: message))
    let columns = layout.hasVersion ? 7 : 6
    while try CopyFraming.hasRow(message, at: cursor.offset, columns: columns) {
      cursor.offset += 2
      try scanRow(message, &cursor)
    }
  }

  private mutating func scanRow(_ row: RawSpan, _ cursor: inout FieldCursor) throws(ScanError) {
    rows += 1
    let head = try RowHead(row, &cursor, layout: layout)
    let decision = try cursor.scalar(.bool, in: row, column: 2)
    let label = try cursor.scalar(.bool, in: row, column: 3)
    let known = try cursor.scalar(.timestamp, in: row, column: 4)
    let length = try cursor.length(in: row)
    guard length == 8 else { throw .fieldLength(column: 5, length: length) }
    let customer = row.int64(at: cursor.offset)
    cursor.offset &+= 8
    guard case .number(let score) = head.score, case .flag(let isFlagged) = decision,
      case .flag(let isPositive) = label
    else { return }
    let version = versions.index(row, at: head.version.offset, length: head.version.length)
    if current.map({ $0 != (version, customer) }) ?? true {
      closeCustomer()
      current = (version, customer)
    }
    let group = binning.group(ofBin: binning.bin(of: score))
    let kind = CustomerPairs.kind(group: group, isFlagged: isFlagged, isPositive: isPositive)
    for index in windows.indices {
      let window = windows[index].bucket(of: head.time)
      if window != open[index].window {
        closeWindow(index)
        open[index].window = window
      }
      if window >= 0 { open[index].kinds[kind, default: 0] += 1 }
    }
    var isEarly = false
    if case .number(let seconds) = known {
      isEarly = seconds - Double(head.time) / 1e6 < labelAge
    }
    let earlyKind = CustomerPairs.kind(
      group: group,
      isFlagged: isFlagged,
      isPositive: isPositive && isEarly
    )
    early[earlyKind, default: 0] += 1
  }

  private mutating func closeWindow(_ index: Int) {
    guard let version = current?.version, !open[index].kinds.isEmpty else { return }
    reserve(version)
    found[version]?.windows[index].count(open[index].kinds)
    open[index].kinds.removeAll(keepingCapacity: true)
  }

  private mutating func closeCustomer() {
    guard let version = current?.version else { return }
    for index in windows.indices {
      closeWindow(index)
      open[index].window = -1
    }
    guard !early.isEmpty else { return }
    reserve(version)
    found[version]?.early.count(early)
    early.removeAll(keepingCapacity: true)
  }

  private mutating func reserve(_ version: Int) {
    guard found[version] == nil else { return }
    let empty = CustomerPairs(groupCount: binning.groupCount)
    found[version] = Found(windows: windows.map { _ in empty }, early: empty)
  }

  /// Returns the pairs by version.
  package consuming func finish() -> [String: Found] {
    closeCustomer()
    let names = versions.names
    // A version may be called as those without one are.
    return Dictionary(found.map { (names[$0.key], $0.value) }) { first, second in
      var sum = first
      for index in sum.windows.indices { sum.windows[index].merge(second.windows[index]) }
      sum.early.merge(second.early)
      return sum
    }
  }
}

extension CustomerScanner: RowScanner {}
