// SPDX-License-Identifier: Apache-2.0
import Profiles

extension ModelReader {
  /// Reads where the customers are listed whom the model should score.
  func customers(_ value: YAMLValue, of predictions: PredictionSource?) -> CustomerSource? {
    guard let root = value.mapping(known: Self.customerKeys) else { return nil }
    let table = root.required("table")?.text()
    let entity = root.required("entity")?.text()
    if let predictions, predictions.entity == nil {
      value.addError("'customers' need 'entity' among the predictions' keys: who was scored?")
    }
    guard let table, let entity else { return nil }
    return CustomerSource(
      table: table,
      entity: entity,
      since: root.optional("since")?.text(),
      until: root.optional("until")?.text(),
      condition: root.optional("where")?.text()
    )
  }
}
