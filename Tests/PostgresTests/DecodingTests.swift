// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestKit
import Testing

@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct DecodingTests {
  private enum Light: String, PostgresWord { case red, green }

  private func open() async throws -> Connection {
    try await Connection.open(ScratchDatabase.serverDSN ?? "")
  }

  /// The error of decoding one column of one row.
  private func error<Value: PostgresDecodable>(
    _ sql: String,
    _ column: String = "value",
    as type: Value.Type
  ) async throws -> RowDecodingError? {
    let result = try await open().query(Statement(name: "read_value", text: sql))
    return #expect(throws: RowDecodingError.self) {
      try result.only { try $0.decode(column, as: type) }
    }
  }

  @Test func `values travel in binary and come back as they were`() async throws {
    let result = try await open().query(
      """
      select $1::text as word, $2::bigint as long, $3::float8 as number, $4::bool as flag,
        $5::timestamptz as moment, $6::bytea as bytes, $7::jsonb as document, $8::int as short,
        $2::bigint::smallint as shortest, $3::float8::real as real, '{"b": 2}'::json as plain,
        'x'::varchar as varying, 'n'::name as name, ''::bytea as none, 'green' as light
      """,
      name: "types",
      [
        .text("naïve 'quote\" \\"), .int(-42), .double(0.1), .bool(true),
        .timestamp(1_767_225_600_000_000), .bytes([0, 255, 7]), .json(#"{"a": 1}"#), .int32(-7),
      ]
    )
    try result.only { (row) throws in
      #expect(try row.decode("word") == "naïve 'quote\" \\")
      #expect(try row.decode("long") == -42)
      #expect(try row.decode("number") == 0.1)
      #expect(try row.decode("flag", as: Bool.self))
      #expect(try row.decode("moment", as: Timestamp.self).microseconds == 1_767_225_600_000_000)
      #expect(try row.decode("bytes") == [0, 255, 7] as [UInt8])
      #expect(try row.decode("document", as: JSONText.self).text == #"{"a": 1}"#)
      #expect(try row.decode("short") == -7)
      #expect(try row.decode("shortest") == -42)
      #expect(try row.decode("real") == Double(Float(0.1)))
      #expect(try row.decode("plain", as: JSONText.self).text == #"{"b": 2}"#)
      #expect(try row.decode("varying") == "x")
      #expect(try row.decode("name") == "n")
      #expect(try row.decode("none") == [] as [UInt8])
      #expect(try row.decode("light", as: Light.self) == .green)
    }
  }

  @Test func `integers keep their extremes`() async throws {
    let result = try await open().query(
      """
      select '-32768'::smallint as s, '-2147483648'::int as i, '-9223372036854775808'::bigint as l
      union all select '32767'::smallint, 2147483647, 9223372036854775807 order by 1
      """,
      name: "extremes"
    )
    #expect(try result.column("s") == [-32768, 32767])
    #expect(try result.column("i") == [-2_147_483_648, 2_147_483_647])
    #expect(try result.column("l") == [Int.min, Int.max])
  }

  @Test func `arrays travel in both ways, whatever their elements hold`() async throws {
    let words = ["churn, EU", "", "{a}", "\"b\" \\ 'c'", "null", "é\n"]
    let result = try await open().query(
      """
      select $1::text[] as words, $2::bigint[] as numbers, $3::text[] as no_words,
        $4::bigint[] as no_numbers, $5::timestamptz[] = '{2026-01-01 00:00+00}' as is_moment,
        array[1, 2]::int[] as short, array[0.5, -2]::float8[] as doubles, null::text[] as absent,
        cardinality($3::text[]) as count, array_lower($1::text[], 1) as first
      """,
      name: "arrays",
      [
        .textArray(words), .intArray([.min, -1, .max]), .textArray([]), .intArray([]),
        .timestampArray([1_767_225_600_000_000]),
      ]
    )
    try result.only { (row) throws in
      #expect(try row.decode("words") == words)
      #expect(try row.decode("numbers") == [.min, -1, .max] as [Int])
      #expect(try row.decode("no_words") == [] as [String])
      #expect(try row.decode("no_numbers") == [] as [Int])
      #expect(try row.decode("is_moment", as: Bool.self))
      #expect(try row.decode("short") == [1, 2])
      #expect(try row.decode("doubles") == [0.5, -2.0])
      #expect(try row.decode("absent", as: [String]?.self) == nil)
      #expect(try row.decode("count") == 0)
      #expect(try row.decode("first") == 1)
    }
  }

  @Test func `an optional type takes NULL, any other refuses it`() async throws {
    let result = try await open().query(
      "select null::text as word, null::bigint as number, null::jsonb as document, 7 as there",
      name: "nulls"
    )
    try result.only { (row) throws in
      #expect(try row.decode("word", as: String?.self) == nil)
      #expect(try row.decode("word", as: Light?.self) == nil)
      #expect(try row.decode("number", as: Int?.self) == nil)
      #expect(try row.decode("document", as: JSONText?.self) == nil)
      #expect(try row.decode("there", as: Int?.self) == 7)
    }
    let refused = try await error("select null::bigint as value", as: Int.self)
    #expect(
      refused?.description
        == "read_value, column 'value' of row 1: expected a whole number, found NULL"
    )
  }

  @Test func `an unknown column says which ones there are`() async throws {
    let refused = try await error("select 1 as value, 2 as other", "valu", as: Int.self)
    #expect(refused?.column == "valu")
    #expect(refused?.found == "value, other")
  }

  @Test func `a wrong type is refused, NULL or not, and named`() async throws {
    let number = try await error("select 1::numeric as value", as: Int.self)
    #expect(number?.found == "numeric")
    let text = try await error("select '1' as value", as: Int.self)
    #expect(text?.found == "text")
    let null = try await error("select null::text as value", as: Int?.self)
    #expect(null?.found == "text")
    let date = try await error("select date '2026-01-01' as value", as: Timestamp.self)
    #expect(date?.found == "date")
    let array = try await error("select array['a'] as value", as: [Int].self)
    #expect(array?.found == "text[]")
    let other = try await error("select '1.2.3.4'::inet as value", as: String.self)
    #expect(other?.found == "type 869")
  }

  @Test func `an unknown word is refused with its statement, column, row and value`() async throws {
    let result = try await open().query(
      Statement(
        name: "read_lights",
        text: "select * from (values (1, 'red'), (2, 'blue')) as l(n, light) order by n"
      )
    )
    let refused = #expect(throws: RowDecodingError.self) {
      try result.map { try $0.decode("light", as: Light.self) }
    }
    #expect(
      refused
        == RowDecodingError(
          statement: "read_lights",
          column: "light",
          row: 2,
          expected: "a word of Light",
          found: "'blue'"
        )
    )
  }

  @Test func `what no value of a type stands for is malformed`() async throws {
    for infinity in ["infinity", "-infinity"] {
      let moment = try await error(
        "select '\(infinity)'::timestamptz as value",
        as: Timestamp.self
      )
      #expect(moment?.found == "a moment that is infinite")
    }
    let square = try await error("select array[[1, 2], [3, 4]] as value", as: [Int].self)
    #expect(square?.expected == "an array, each of it a whole number")
    let holes = try await error("select array['a', null] as value", as: [String].self)
    #expect(holes?.found.hasSuffix("bytes of text[]") ?? false)
  }

  @Test func `rows are counted before they are taken for the only one`() async throws {
    let connection = try await open()
    let none = try await connection.query("select 1 as value where false", name: "none")
    #expect(try none.first { try $0.decode("value", as: Int.self) } == nil)
    let missing = #expect(throws: RowDecodingError.self) {
      try none.only { try $0.decode("value", as: Int.self) }
    }
    #expect(missing?.description == "none: expected one row, found none")
    let two = try await connection.query("values (1), (2)", name: "two")
    #expect(try two.first { try $0.decode("column1") } == 1)
    let many = #expect(throws: RowDecodingError.self) {
      try two.only { try $0.decode("column1", as: Int.self) }
    }
    #expect(many?.found == "2")
  }

  @Test func `columns may be asked for in any order, and in another one for each row`()
    async throws
  {
    let result = try await open().query(
      "select n as a, n * 10 as b, n * 100 as c from generate_series(1, 4) as n order by n",
      name: "orders"
    )
    let rows: [[Int]] = try result.map { row in
      let first: Int = try row.decode("a")
      return first.isMultiple(of: 2)
        ? [try row.decode("c"), try row.decode("b"), first]
        : [first, try row.decode("b"), try row.decode("b"), try row.decode("c")]
    }
    #expect(rows == [[1, 10, 10, 100], [200, 20, 2], [3, 30, 30, 300], [400, 40, 4]])
  }

  @Test func `a log knows which columns were decoded`() async throws {
    let log = DecodingLog()
    let result = try await open().query("select 1 as a, 2 as b", name: "pair")
    try DecodingLog.$current.withValue(log) {
      try result.forEach { _ = try $0.decode("b", as: Int.self) }
    }
    #expect(log.columns == ["pair": ["b"]])
  }
}
