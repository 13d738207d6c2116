// SPDX-License-Identifier: Apache-2.0
package import Alerting
package import Experiments
package import Checks
import Foundation
package import Postgres
package import Profiles
package import Retraining

/// How the types of other modules are stored.
extension Instant: PostgresConvertible {
  package static var expectation: String { "a moment" }

  package init?(stored: Timestamp) { self.init(microseconds: stored.microseconds) }
}

extension WindowSpec: PostgresConvertible {
  package static var expectation: String { "a kind of window" }

  package init?(stored: String) { self.init(stored) }
}

extension AlertState: PostgresWord {}
extension Arm: PostgresWord {}
extension Advice.Action: PostgresWord {}
extension CheckName: PostgresWord {}
extension RecordedDecision.Kind: PostgresWord {}
extension DataIssue.Kind: PostgresWord {}
extension DeliveryState: PostgresWord {}
extension AlertObservation.Signal: PostgresWord {}
extension Severity: PostgresWord {}
extension InterimPlan.Kind: PostgresWord {}
extension ModelVersion.State: PostgresWord {}
extension RetrainingDecision.Remedy: PostgresWord {}
extension JobState: PostgresWord {}
extension Revision.Cause: PostgresWord {}
extension JobEventKind: PostgresWord {}

/// A value that is stored as JSON.
package struct JSON<Value: Decodable>: PostgresConvertible {
  package let value: Value

  package static var expectation: String { "JSON of \(Value.self)" }

  package init?(stored: JSONText) {
    // The error says which column of which row it is; what stands there stays where it is.
    guard let value = try? JSONDecoder().decode(Value.self, from: Data(stored.text.utf8)) else {
      return nil
    }
    self.value = value
  }
}

extension Row {
  /// Decodes a value that is stored as JSON.
  func json<Value: Decodable>(_ column: String, as _: Value.Type = Value.self) throws -> Value {
    try decode(column, as: JSON<Value>.self).value
  }

  /// Decodes two columns as a range of time.
  func range(_ from: String, _ to: String) throws -> TimeRange {
    let (start, end): (Instant, Instant) = (try decode(from), try decode(to))
    guard let range = TimeRange(from: start, to: end) else {
      throw error(to, expected: "a moment not before '\(from)'", found: "\(end)")
    }
    return range
  }

  /// Decodes packed label counts.
  func labels(_ column: String, binCount: Int) throws -> LabelProfile {
    try labels(try decode(column), column, binCount: binCount)
  }

  /// Decodes packed label counts, NULL where there are none.
  func labelsIfAny(_ column: String, binCount: Int) throws -> LabelProfile? {
    try decode(column, as: [UInt8]?.self).map { try labels($0, column, binCount: binCount) }
  }

  private func labels(
    _ bytes: [UInt8],
    _ column: String,
    binCount: Int
  ) throws -> LabelProfile {
    let count = LabelProfile(binCount: binCount).values.count
    let values = try CountCoding.decode(bytes, count: count)
    guard let labels = LabelProfile(binCount: binCount, values: values) else {
      throw error(column, expected: "\(count) counts", found: "\(values.count)")
    }
    return labels
  }

  /// Decodes a segment, which is empty where all rows are meant.
  func segment(_ column: String = "segment") throws -> String? {
    let segment: String = try decode(column)
    return segment.isEmpty ? nil : segment
  }
}

extension Parameter {
  static func optional(_ instant: Instant?) -> Parameter {
    instant.map { .timestamp($0.microseconds) } ?? .null
  }
}
