// SPDX-License-Identifier: Apache-2.0
import Profiles
import YAMLSource

extension ModelReader {
  /// Reads where the customers are listed whom the model should score.
  func customers(_ value: YAMLValue, of predictions: PredictionSource?) -> CustomerSource? {
    guard let root = value.mapping(known: ["table", "entity", "since", "until", "where"]) else {
      return nil
    }
    let table = root.required("table")?.placedText()
    let entity = root.required("entity")?.placedText()
    if let predictions, predictions.entity == nil {
      value.fault("'customers' need 'entity' among the predictions' keys: who was scored?")
    }
    guard let table, let entity else { return nil }
    return CustomerSource(
      table: table,
      entity: entity,
      since: root.optional("since")?.placedText(),
      until: root.optional("until")?.placedText(),
      condition: root.optional("where")?.placedText()
    )
  }
}
