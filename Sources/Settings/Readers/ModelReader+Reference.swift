// SPDX-License-Identifier: Apache-2.0
import Profiles

/// How `reference` is read.
extension ModelReader {
  /// Reads a reference, whose ranges begin and end where a bucket of `grid` does.
  func reference(_ value: YAMLValue, grid: BucketGrid?) -> ReferenceSource {
    if value.isScalar {
      switch value.text() {
      case "trailing": return .trailing(days: 90)
      case "same_period_last_year": return .samePeriodLastYear
      default:
        value.addError(
          "expected { from, to }, trailing, { trailing: 90d }, same_period_last_year or { training_table: name }"
        )
        return .ranges([])
      }
    }
    if value.isMapping, value.hasKey("training_table") {
      return training(value).map(ReferenceSource.training) ?? .ranges([])
    }
    guard value.isMapping, value.hasKey("trailing") else { return .ranges(references(value, grid)) }
    let root = value.mapping(known: Self.trailingKeys)
    let days = root?.required("trailing")?.parsed("whole days of 7d to 3650d, such as 90d") {
      text in
      WindowSpec(text).flatMap { spec -> Int? in
        guard case .sliding(let days) = spec, days >= 7 else { return nil }
        return days
      }
    }
    return days.map { .trailing(days: $0) } ?? .ranges([])
  }

  private func training(_ value: YAMLValue) -> TrainingSource? {
    guard let root = value.mapping(known: Self.trainingKeys),
      let table = root.required("training_table")?.text()
    else { return nil }
    return TrainingSource(
      table: table,
      version: root.optional("version")?.text(),
      condition: root.optional("where")?.text()
    )
  }

  private func references(_ value: YAMLValue, _ grid: BucketGrid?) -> [ReferenceRange] {
    value.list().compactMap { item in
      guard let root = item.mapping(known: Self.rangeKeys) else { return nil }
      guard let from = root.required("from").flatMap(instant),
        let to = root.required("to").flatMap(instant)
      else { return nil }
      guard from < to, let range = TimeRange(from: from, to: to) else {
        item.addError("the reference ends before it begins")
        return nil
      }
      for end in [from, to] where grid.map({ $0.lastEdge(atOrBefore: end) != end }) ?? false {
        item.addError("the reference must begin and end where a bucket does; \(end) is inside one")
      }
      return ReferenceRange(version: root.optional("version")?.text(), range: range)
    }
  }
}
