// SPDX-License-Identifier: Apache-2.0
import Profiles
import Scan
import Settings
import YAMLSource

/// Compares the columns that a configuration names with those that there are.
struct SourceCheck {
  let model: ModelSettings
  let faults: YAMLValue.FaultList
  private(set) var warnings: [Source.Warning] = []
  private var predictions: Relation?

  init(model: ModelSettings, faults: YAMLValue.FaultList) {
    self.model = model
    self.faults = faults
  }

  @discardableResult
  private func column(
    _ name: Placed<String>,
    _ relation: Relation,
    _ expected: String? = nil,
    _ accepts: (Relation.Column) -> Bool = { _ in true }
  ) -> Relation.Column? {
    guard let column = relation.column(name.value) else {
      faults.note(
        "\(relation.name) has no column '\(name.value)'"
          + Spelling.suggestion(for: name.value, among: relation.columns.map(\.name)),
        at: name.place
      )
      return nil
    }
    guard accepts(column) else {
      faults.note(
        "the column '\(name.value)' of \(relation.name) is of type \(column.type), expected "
          + (expected ?? "another"),
        at: name.place
      )
      return nil
    }
    return column
  }

  mutating func predictions(_ relation: Relation) {
    predictions = relation
    let source = model.predictions
    column(source.id, relation)
    column(source.time, relation, "a timestamp", \.isTime)
    column(source.score, relation, "a number", \.isNumber)
    if case .column(let version) = source.version { column(version, relation) }
    if let entity = source.entity { column(entity, relation) }
    if case .column(let decision) = model.decision {
      column(decision, relation, "boolean or 0/1") { $0.isBoolean || $0.isNumber }
    }
    for segment in model.segments {
      column(segment, relation)
      if segment.value.contains("=") {
        faults.note("a segment's name must not contain '='; rename it in a view", at: segment.place)
      }
    }
    wantIndex(relation, source.time.value)
  }

  mutating func outcomes(_ source: OutcomeSource, _ relation: Relation) {
    switch source.key {
    case .prediction(let key), .entity(let key):
      column(key, relation)
      wantIndex(relation, key.value)
    }
    column(source.time, relation, "a timestamp", \.isTime)
    wantIndex(relation, source.time.value)
    // What an outcome labels is looked up by its key.
    if let predictions {
      let column: String? =
        switch source.key {
        case .prediction: model.predictions.id.value
        case .entity: model.predictions.entity?.value
        }
      if let column { wantIndex(predictions, column) }
    }
    if case .prediction(let key) = source.key, let theirs = relation.column(key.value),
      let mine = predictions?.column(model.predictions.id.value),
      theirs.keyFamily != mine.keyFamily
    {
      faults.note(
        "'\(key.value)' is of type \(theirs.type) and the predictions' id of type \(mine.type): "
          + "they cannot be compared; make them alike in a view",
        at: key.place
      )
    }
    if let label = source.label {
      column(label, relation, "boolean or 0/1") { $0.isBoolean || $0.isNumber }
    }
  }

  mutating func assignments(_ source: AssignmentSource, _ relation: Relation) {
    column(source.arm, relation)
    column(source.time, relation, "a timestamp", \.isTime)
    if let stratum = source.stratum { column(stratum, relation) }
    wantIndex(relation, source.unit.value)
    guard let unit = column(source.unit, relation), let entity = model.predictions.entity,
      let mine = predictions?.column(entity.value), unit.keyFamily != mine.keyFamily
    else { return }
    faults.note(
      "'\(source.unit.value)' is of type \(unit.type) and the predictions' entity of type \(mine.type): they "
        + "cannot be compared; make them alike in a view",
      at: source.unit.place
    )
  }

  mutating func customers(_ source: CustomerSource, _ relation: Relation) {
    for time in [source.since, source.until].compactMap({ $0 }) {
      column(time, relation, "a timestamp", \.isTime)
    }
    guard let key = column(source.entity, relation), let entity = model.predictions.entity,
      let mine = predictions?.column(entity.value), key.keyFamily != mine.keyFamily
    else { return }
    faults.note(
      "'\(source.entity.value)' is of type \(key.type) and the predictions' entity of type \(mine.type): they "
        + "cannot be compared; make them alike in a view",
      at: source.entity.place
    )
  }

  /// Returns the features that the training rows have too, and warns of the others.
  mutating func training(
    _ source: TrainingSource,
    _ relation: Relation,
    _ features: [RowLayout.Column]
  ) -> [RowLayout.Column] {
    if let version = source.version { column(version, relation) }
    for segment in model.segments { column(segment, relation) }
    if case .json(let name) = model.features {
      column(name, relation, "jsonb") { $0.type == "jsonb" || $0.type == "json" }
    }
    return features.filter { feature in
      let theirs = relation.column(feature.name)
      if let type = theirs?.streamed, type.isNumber == feature.type.isNumber { return true }
      warnings.append(
        Source.Warning(
          kind: "not_in_training",
          subject: feature.name,
          message: theirs == nil
            ? "the training rows have no such column: it is not watched"
            : "the column is \(theirs?.type ?? "") in the training rows and cannot be compared: it is not watched"
        )
      )
      return false
    }
  }

  /// A scan by time without an index reads the whole table each time.
  private mutating func wantIndex(_ relation: Relation, _ column: String) {
    guard relation.kind == .table || relation.kind == .partitioned,
      relation.column(column) != nil, !relation.indexed.contains(column)
    else { return }
    let plain = column.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }
    let name = plain ? column : "\"\(column)\""
    warnings.append(
      Source.Warning(
        kind: "no_index",
        subject: "\(relation.name).\(column)",
        message: "no index begins with \(column): create index concurrently on "
          + "\(relation.name) (\(name))"
      )
    )
  }

  /// Returns the columns that are features.
  mutating func features(_ relation: Relation) -> [RowLayout.Column] {
    switch model.features {
    case .json(let name):
      column(name, relation, "jsonb") { $0.type == "jsonb" || $0.type == "json" }
      return []
    case .columns(let names):
      return names.compactMap { name in
        if Subject.reserved.contains(name.value) {
          faults.note(
            "a feature cannot be called '\(name.value)', which is the model's own: rename it in a "
              + "view",
            at: name.place
          )
        }
        guard
          let column = column(
            name,
            relation,
            "a number, a text, a boolean or a time",
            { $0.streamed != nil && $0.streamed != .json }
          )
        else { return nil }
        return RowLayout.Column(name: column.name, type: column.streamed ?? .text)
      }
    case .all(let excluded):
      excluded.forEach { column($0, relation) }
      let taken = roles.union(excluded.map(\.value))
      return relation.columns.filter { !taken.contains($0.name) }.compactMap { column in
        if Subject.reserved.contains(column.name) {
          warnings.append(
            Source.Warning(
              kind: "reserved_name",
              subject: column.name,
              message: "a feature of this name could not be told from the model's own "
                + "\(column.name) and is not watched: rename it in a view"
            )
          )
          return nil
        }
        if let type = column.streamed, type != .json {
          return RowLayout.Column(name: column.name, type: type)
        }
        warnings.append(
          Source.Warning(
            kind: "unsupported_column",
            subject: column.name,
            message: "the column \(column.name) of type \(column.type) is not watched"
          )
        )
        return nil
      }
    }
  }

  /// Columns that are not features because they have another role.
  private var roles: Set<String> {
    let source = model.predictions
    var roles: Set = [source.id.value, source.time.value, source.score.value]
    if case .column(let version) = source.version { roles.insert(version.value) }
    if let entity = source.entity { roles.insert(entity.value) }
    if case .column(let decision) = model.decision { roles.insert(decision.value) }
    return roles
  }
}
