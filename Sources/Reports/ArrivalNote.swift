// SPDX-License-Identifier: Apache-2.0
import Checks

/// How long it takes until churners of a kind are known, by the reference.
package struct ArrivalNote: Sendable, Hashable {
  /// The kind: all, by decision, by score, or a segment.
  package let name: String
  /// Churners behind it.
  package let churners: Int
  /// Days of label age with the share that is known by then, of those who are known by the horizon.
  package let known: [(days: Double, share: Double)]

  package init(name: String, churners: Int, known: [(days: Double, share: Double)]) {
    self.name = name
    self.churners = churners
    self.known = known
  }

  /// The age in days at which a share is known, linear between the ages that are distinguished.
  package func days(until share: Double) -> Double? {
    var before = (days: 0.0, share: 0.0)
    for point in known {
      if point.share >= share {
        let step = point.share - before.share
        let part = step > 0 ? (share - before.share) / step : 1
        return before.days + part * (point.days - before.days)
      }
      before = point
    }
    return nil
  }

  package static func == (left: ArrivalNote, right: ArrivalNote) -> Bool {
    left.name == right.name && left.churners == right.churners
      && left.known.elementsEqual(right.known, by: ==)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The titles of a table of them.
  static let titles = ["churners become known", "churners", "half by day", "90 % by day"]

  /// Its line of that table.
  var cells: [String] {
    func text(_ share: Double) -> String { days(until: share).map { NumberText.text($0) } ?? "–" }
    return [name, NumberText.grouped(churners), text(0.5), text(0.9)]
  }
}
