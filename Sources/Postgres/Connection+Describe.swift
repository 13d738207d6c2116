// SPDX-License-Identifier: Apache-2.0
private import CLibPQ

extension Connection {
  /// Returns the columns that a statement would return, without running it; none where it returns
  /// no rows.
  ///
  /// - Throws: `ServerError` for a statement that the server refuses.
  package func columns(
    of statement: Statement
  ) throws -> [(name: String, type: PostgresType)] {
    let prepared = unsafe PQprepare(handle, "", statement.text, 0, nil)
    defer { unsafe PQclear(prepared) }
    guard unsafe PQresultStatus(prepared) == PGRES_COMMAND_OK else {
      throw unsafe ServerError(result: prepared, connection: handle, query: statement.name)
    }
    let described = unsafe PQdescribePrepared(handle, "")
    guard let described = unsafe described,
      unsafe PQresultStatus(described) == PGRES_COMMAND_OK
    else {
      defer { unsafe PQclear(described) }
      throw unsafe ServerError(result: described, connection: handle, query: statement.name)
    }
    return unsafe QueryResult(owning: described, statement: statement.name).columns
  }
}
