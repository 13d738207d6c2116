// SPDX-License-Identifier: Apache-2.0
package import Profiles

extension ModelSettings {
  /// What a model's bins and counts are made from: where it is another one they are made again.
  ///
  /// - Parameter reference: The reference as it decides the bins.
  /// - Returns: The identity to store with the bins.
  package func binIdentity(reference: StoredIdentity.Value) -> StoredIdentity {
    // Labels are counted in the same bins: what decides labels decides the bins.
    StoredIdentity(
      version: 1,
      [
        "decision": decision.identity,
        "outcomes": outcomes.map { .identity($0.identity) } ?? .text(nil),
        "table": .text(predictions.table),
        "id": .text(predictions.id),
        "version": predictions.version.identity,
        "score": .text(predictions.score),
        "time": .text(predictions.time),
        "where": .text(predictions.condition),
        "entity": .text(predictions.entity),
        "features": features.identity,
        "identifiers": .list(identifiers.map { $0.map { .text($0) } }),
        "missing": missing.identity,
        "segments": .list(segments.map { .text($0) }),
        "reference": reference,
        "bucket": .text(bucket),
        "timezone": .text(grid.calendar.identifier),
      ]
    )
  }

  /// What decides the findings of a replay: where it is another one the replay starts over.
  ///
  /// - Parameters:
  ///   - binning: The number of the bins.
  ///   - rules: The identities of the rules, in order.
  ///   - software: The software that replays.
  /// - Returns: The identity whose hash is stored with the replay.
  package func replayIdentity(
    binning: Int,
    rules: [StoredIdentity],
    software: String
  ) -> StoredIdentity {
    StoredIdentity(
      version: 1,
      [
        "binning": .integer(binning),
        "rules": .list(rules.map { .identity($0) }),
        "software": .text(software),
        "follow_up": .duration(outcomes?.followUp),
        "false_alerts_per_month": .number(falseAlertsPerMonth),
        "windows": .list(windows.map { .window($0) }),
        "lateness": .duration(lateness),
      ]
    )
  }
}

extension Decision {
  fileprivate var identity: StoredIdentity.Value {
    switch self {
    case .thresholds(let dated):
      .list(
        [.text("thresholds")]
          + dated.map { .list([.instant($0.from), .number($0.value)]) }
      )
    case .column(let name): .list([.text("column"), .text(name)])
    case .top(let share): .list([.text("top"), .number(share)])
    }
  }
}

extension VersionSource {
  fileprivate var identity: StoredIdentity.Value {
    switch self {
    case .column(let column): .list([.text("column"), .text(column)])
    case .constant(let version): .list([.text("constant"), .text(version)])
    }
  }
}

extension FeatureChoice {
  fileprivate var identity: StoredIdentity.Value {
    switch self {
    case .all(let excluded):
      .list([.text("all")] + excluded.sorted().map { .text($0) })
    case .columns(let names): .list([.text("columns")] + names.map { .text($0) })
    case .json(let column): .list([.text("json"), .text(column)])
    }
  }
}

extension OutcomeSource {
  fileprivate var identity: StoredIdentity {
    let key: StoredIdentity.Value =
      switch key {
      case .prediction(let name): .list([.text("prediction"), .text(name)])
      case .entity(let name): .list([.text("entity"), .text(name)])
      }
    return StoredIdentity(
      version: 1,
      [
        "table": .text(table),
        "key": key,
        "time": .text(time),
        "label": .text(label),
        "horizon": .duration(horizon),
        "absence": .text(absence.rawValue),
        "negative": .text(isNegativeFinal ? "final" : "open"),
      ]
    )
  }
}
