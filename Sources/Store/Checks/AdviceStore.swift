// SPDX-License-Identifier: Apache-2.0
package import Checks
import Foundation
package import Postgres
package import Profiles

/// What a model's last check advised about a version.
package struct StoredAdvice: Sendable {
  package let version: String
  /// The moment of which the check spoke.
  package let asOf: Instant
  package let action: Advice.Action
  package let reason: String
  package let cause: Advice.Cause?
  package let map: (intercept: Double, slope: Double)?
  package let onset: Instant?
  package let setAside: [String]
  package let isBlind: Bool
  /// What became of it; nil until that is decided.
  package let decision: String?
}

/// Reads what checks advised, and notes what became of it.
package struct AdviceStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns the advice of a model's last check, by version; empty where it was never checked.
  package func last(_ model: String) async throws -> [StoredAdvice] {
    let rows = try await connection.query(SQL.read_advice, [.text(model)])
    return try rows.map { row in
      let check: CheckName? = try row.decode("check_name")
      let subject: String? = try row.decode("subject")
      let (intercept, slope): (Double?, Double?) = (
        try row.decode("intercept"), try row.decode("slope")
      )
      let aside = try row.decode("set_aside", as: JSONText.self).text
      return StoredAdvice(
        version: try row.decode("model_version"),
        asOf: try row.decode("as_of"),
        action: try row.decode("action"),
        reason: try row.decode("reason"),
        cause: check.flatMap { check in
          subject.map { Advice.Cause(check, of: $0) }
        },
        map: intercept.flatMap { intercept in slope.map { (intercept, $0) } },
        onset: try row.decode("onset"),
        setAside: try JSONDecoder().decode([String].self, from: Data(aside.utf8)),
        isBlind: try row.decode("is_blind"),
        decision: try row.decode("decision")
      )
    }
  }

  /// Notes what became of the last check's advice on a version.
  package func decide(model number: Int, version: String, _ decision: String) async throws {
    try await connection.execute(
      SQL.decide_advice,
      [.int(number), .text(version), .text(decision)]
    )
  }
}
