// SPDX-License-Identifier: Apache-2.0
private import CLibPQ

/// What PostgreSQL, or the way to it, refused.
///
/// Names the query and the SQLSTATE. Values never appear: the server quotes them in messages about
/// bad data and violated constraints, so those messages are replaced by the names of the column and
/// constraint concerned.
package struct ServerError: Error, Sendable, CustomStringConvertible {
  /// Five characters; `08000` where there was no answer at all.
  package let sqlState: String
  /// The statement's name, or what was being done.
  package let query: String
  package let message: String
  package let hint: String?

  package init(sqlState: String, query: String, message: String, hint: String? = nil) {
    self.sqlState = sqlState
    self.query = query
    self.message = message
    self.hint = hint
  }

  package var description: String {
    let tail = hint.map { "\n  \($0)" } ?? ""
    return "\(query): \(message) (SQLSTATE \(sqlState))\(tail)"
  }

  /// Whether the connection is gone, so that the same work may succeed on a new one.
  package var isConnectionLoss: Bool {
    sqlState.hasPrefix("08") || sqlState.hasPrefix("57P")
  }

  /// Whether the server starts, stops, or has no connection to spare.
  package var isServerNotReady: Bool { sqlState == "57P03" || sqlState == "53300" }

  /// Whether the same work may succeed later on this server: a conflict with a replica's recovery
  /// or with another transaction, or a primary that has just become a replica.
  package var isMomentary: Bool {
    ["40001", "40P01", "25006"].contains(sqlState)
  }

  package var isUndefinedTable: Bool { sqlState == "42P01" }
  package var isCancelled: Bool { sqlState == "57014" }
}

extension ServerError {
  /// The error in a result, without values.
  init(result: OpaquePointer?, connection: OpaquePointer?, query: String) {
    func field(_ code: Int32) -> String? {
      guard let text = unsafe PQresultErrorField(result, code) else { return nil }
      return unsafe String(cString: text)
    }
    // The codes are character constants of libpq's header: PG_DIAG_SQLSTATE and so on.
    guard let state = field(Int32(UInt8(ascii: "C"))) else {
      let message = unsafe Self.connectionMessage(connection)
      self.init(sqlState: "08000", query: query, message: message)
      return
    }
    let primary = field(Int32(UInt8(ascii: "M"))) ?? "unknown error"
    // Transactions here are at most repeatable read and read-only, or read committed: none can fail
    // to serialize, so this state is a conflict with a replica's recovery.
    let isRecoveryConflict = state == "40001"
    let isAboutValues = state.hasPrefix("22") || state.hasPrefix("23")
    let places = [
      ("table", field(Int32(UInt8(ascii: "t")))), ("column", field(Int32(UInt8(ascii: "c")))),
      ("constraint", field(Int32(UInt8(ascii: "n")))),
    ].compactMap { name, value in value.map { "\(name) \($0)" } }
    self.init(
      sqlState: state,
      query: query,
      message: isAboutValues
        ? "a value was refused" + (places.isEmpty ? "" : " by " + places.joined(separator: ", "))
        : primary,
      hint: isRecoveryConflict
        ? Self.recoveryHint
        : isAboutValues ? nil : field(Int32(UInt8(ascii: "H")))
    )
  }

  /// What to do where a replica's recovery stops reads.
  package static let recoveryHint = """
    if this is a replica: set hot_standby_feedback = on there, or a longer max_standby_streaming_delay
    """

  /// libpq's own words about a connection; it does not put passwords into them.
  static func connectionMessage(_ connection: OpaquePointer?) -> String {
    let text = unsafe connection.map { unsafe String(cString: PQerrorMessage($0)) } ?? ""
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }
    return lines.isEmpty ? "the connection failed" : lines.joined(separator: "; ")
  }
}
