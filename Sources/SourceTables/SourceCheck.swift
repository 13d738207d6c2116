// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Scan
import Settings

/// Compares the columns that a configuration names with those that there are.
struct SourceCheck {
  let model: ModelSettings
  private let check: ColumnCheck
  private let path: ConfigPath
  private(set) var issues: [DataIssue] = []
  private var predictions: Relation?

  init(model: ModelSettings, errors: ConfigErrorCollector) {
    self.model = model
    check = ColumnCheck(errors: errors)
    path = .model(model.name)
  }

  mutating func predictions(_ relation: Relation) {
    predictions = relation
    let source = model.predictions
    let path = path.key("predictions")
    check.column(source.id, at: path.key("id"), of: relation)
    check.time(source.time, at: path.key("time"), of: relation)
    check.number(source.score, at: path.key("score"), of: relation)
    if case .column(let version) = source.version {
      check.column(version, at: path.key("version"), of: relation)
    }
    check.column(source.entity, at: path.key("entity"), of: relation)
    if case .column(let decision) = model.decision {
      check.flag(decision, at: self.path.key("decision").key("column"), of: relation)
    }
    for (index, segment) in model.segments.enumerated() {
      let path = self.path.key("segments")[index]
      check.column(segment, at: path, of: relation)
      if segment.contains("=") {
        check.errors.note("a segment's name must not contain '='; rename it in a view", at: path)
      }
    }
    wantIndex(relation, source.time)
  }

  mutating func outcomes(_ source: OutcomeSource, _ relation: Relation) {
    let path = path.key("outcomes")
    switch source.key {
    case .prediction(let key):
      check.column(key, at: path.key("prediction"), of: relation)
      wantIndex(relation, key)
    case .entity(let key):
      check.column(key, at: path.key("entity"), of: relation)
      wantIndex(relation, key)
    }
    check.time(source.time, at: path.key("time"), of: relation)
    wantIndex(relation, source.time)
    // What an outcome labels is looked up by its key.
    if let predictions {
      let column: String? =
        switch source.key {
        case .prediction: model.predictions.id
        case .entity: model.predictions.entity
        }
      if let column { wantIndex(predictions, column) }
    }
    if case .prediction(let key) = source.key {
      check.compare(
        ColumnCheck.Key(column: relation.column(key), description: "'\(key)'"),
        with: ColumnCheck.Key(
          column: predictions?.column(model.predictions.id),
          description: "the predictions' id"
        ),
        at: path.key("prediction")
      )
    }
    check.flag(source.label, at: path.key("label"), of: relation)
  }

  mutating func assignments(_ treatment: Treatment, _ relation: Relation) {
    let source = treatment.assignments
    let path = ConfigPath.experiment(treatment.campaign).key("assignments")
    check.column(source.arm, at: path.key("arm"), of: relation)
    check.time(source.time, at: path.key("time"), of: relation)
    check.column(source.stratum, at: path.key("stratum"), of: relation)
    wantIndex(relation, source.unit)
    customer(source.unit, at: path.key("unit"), of: relation)
  }

  mutating func customers(_ source: CustomerSource, _ relation: Relation) {
    let path = path.key("customers")
    check.time(source.since, at: path.key("since"), of: relation)
    check.time(source.until, at: path.key("until"), of: relation)
    customer(source.entity, at: path.key("entity"), of: relation)
  }

  /// Checks a customer's column, which is compared with the predictions' entity.
  private func customer(_ name: String, at path: ConfigPath, of relation: Relation) {
    let key = check.column(name, at: path, of: relation)
    let entity = model.predictions.entity.flatMap { predictions?.column($0) }
    check.compare(
      ColumnCheck.Key(column: key, description: "'\(name)'"),
      with: ColumnCheck.Key(column: entity, description: "the predictions' entity"),
      at: path
    )
  }

  /// Returns the features that the training rows have too, and warns of the others.
  mutating func training(
    _ source: TrainingSource,
    _ relation: Relation,
    features: [RowLayout.Column]
  ) -> [RowLayout.Column] {
    check.column(source.version, at: path.key("reference").key("version"), of: relation)
    for (index, segment) in model.segments.enumerated() {
      check.column(segment, at: path.key("segments")[index], of: relation)
    }
    if case .json(let name) = model.features { document(name, relation) }
    return features.filter { feature in
      let theirs = relation.column(feature.name)
      if let type = theirs?.streamed, type.isNumber == feature.type.isNumber { return true }
      issues.append(
        DataIssue(
          .notInTraining,
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
    issues.append(
      DataIssue(
        .noIndex,
        subject: "\(relation.name).\(column)",
        message: "no index begins with \(column): create index concurrently on "
          + "\(relation.name) (\(name))"
      )
    )
  }

  private func document(_ name: String, _ relation: Relation) {
    check.column(name, at: path.key("features").key("json"), of: relation, is: "jsonb") {
      $0.type == "jsonb" || $0.type == "json"
    }
  }

  /// Notes codes of missing values of columns that are not there, or that cannot have them.
  private func missingCodes(_ relation: Relation) {
    if case .json = model.features { return }
    for (name, codes) in model.missing.byColumn.sorted(by: { $0.key < $1.key }) {
      let path = path.key("missing").key(name)
      let column = check.column(
        name,
        at: path,
        of: relation,
        is: "a number or a text",
        where: { $0.isNumber || $0.streamed == .text }
      )
      guard column?.isNumber ?? false else { continue }
      for (index, code) in codes.enumerated() where !(Double(code)?.isFinite ?? false) {
        check.errors.note("'\(code)' is no number, and '\(name)' has numbers", at: path[index])
      }
    }
  }

  /// Returns the columns that are features.
  mutating func features(_ relation: Relation) -> [RowLayout.Column] {
    missingCodes(relation)
    switch model.features {
    case .json(let name):
      document(name, relation)
      return []
    case .columns(let names):
      return names.enumerated().compactMap { index, name in
        let path = path.key("features")[index]
        if Subject.reserved.contains(name) {
          check.errors.note(
            "a feature cannot be called '\(name)', which is the model's own: rename it in a view",
            at: path
          )
        }
        guard
          let column = check.column(
            name,
            at: path,
            of: relation,
            is: "a number, a text, a boolean or a time",
            where: { $0.streamed != nil && $0.streamed != .json }
          )
        else { return nil }
        return RowLayout.Column(name: column.name, type: column.streamed ?? .text)
      }
    case .all(let excluded):
      for (index, name) in excluded.enumerated() {
        check.column(name, at: path.key("features").key("exclude")[index], of: relation)
      }
      let taken = roles.union(excluded)
      return relation.columns.filter { !taken.contains($0.name) }.compactMap { column in
        if Subject.reserved.contains(column.name) {
          issues.append(
            DataIssue(
              .reservedName,
              subject: column.name,
              message: "a feature of this name could not be distinguished from the model's own "
                + "\(column.name) and is not watched: rename it in a view"
            )
          )
          return nil
        }
        if let type = column.streamed, type != .json {
          return RowLayout.Column(name: column.name, type: type)
        }
        issues.append(
          DataIssue(
            .unsupportedColumn,
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
    var roles: Set = [source.id, source.time, source.score]
    if case .column(let version) = source.version { roles.insert(version) }
    if let entity = source.entity { roles.insert(entity) }
    if case .column(let decision) = model.decision { roles.insert(decision) }
    return roles
  }
}
