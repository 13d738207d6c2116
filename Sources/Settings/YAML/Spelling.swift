// SPDX-License-Identifier: Apache-2.0

/// Guesses what a misspelt name was meant to be.
package enum Spelling {
  /// Returns `; did you mean 'x'?` for the nearest candidate, or nothing when none is near.
  package static func suggestion(for name: String, among candidates: some Sequence<String>)
    -> String
  {
    let near = candidates.map { ($0, distance(name.lowercased(), $0.lowercased())) }
      .filter { $0.1 <= max(1, min(name.count, $0.0.count) / 3) }
      .min { ($0.1, $0.0) < ($1.1, $1.0) }
    return near.map { "; did you mean '\($0.0)'?" } ?? ""
  }

  /// Letters to insert, delete, replace or swap with a neighbour (Levenshtein, 1966; Damerau,
  /// 1964).
  static func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first)
    let b = Array(second)
    var rows = Array(repeating: Array(repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    for i in a.indices {
      for j in b.indices {
        let cost = a[i] == b[j] ? 0 : 1
        var best = min(rows[i][j + 1] + 1, rows[i + 1][j] + 1, rows[i][j] + cost)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        rows[i + 1][j + 1] = best
      }
    }
    return rows[a.count][b.count]
  }
}
