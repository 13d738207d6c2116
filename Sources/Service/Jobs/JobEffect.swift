// SPDX-License-Identifier: Apache-2.0
import Profiles
package import Retraining
package import Settings
import Store

extension JobService {
  /// Returns whether a job's training helped; nil where no version is known to have come of it.
  package func effect(of job: JobRecord, _ model: ModelSettings) async throws -> TrainingEffect? {
    let connection = try await runtime.open()
    let number = try await ModelStore(connection).ensureModel(model.name)
    let store = VersionStore(connection)
    let versions = try await store.versions(number)
    guard let version = versions.first(where: { $0.job == job.identifier }) else { return nil }
    let events = try await store.events(number, version: version.name)
    let old = try await store.windows(model.name, version: job.version)
    let new = try await store.windows(model.name, version: version.name)
    let horizon = model.outcomes?.horizon ?? .zero
    let promoted = events.last { $0.state == .champion }?.asOf
    var price: (Double, Double)?
    if let cost = model.retraining?.cost, let value = model.retraining?.value {
      price = (cost, value)
    }
    let asChampion = new.performance { window in promoted.map { $0 <= window.from } ?? false }
    return TrainingEffect(
      before: job.version,
      after: version,
      trial: events.last { $0.evidence != nil }?.evidence,
      performance: (
        then: old.performance { $0.to.advanced(by: horizon) <= job.madeAt },
        now: asChampion == TrainingEffect.Performance() ? new.performance { _ in true } : asChampion
      ),
      horizon: horizon,
      price: price
    )
  }
}

extension [VersionWindow] {
  /// The figures of the newest window among some.
  func performance(_ isMeant: (TimeRange) -> Bool) -> TrainingEffect.Performance {
    func newest(_ check: String) -> TrainingEffect.Figure? {
      last { $0.check == check && isMeant($0.figure.window) }?.figure
    }
    return TrainingEffect.Performance(
      recall: newest("recall"),
      calibration: newest("calibration-level")
    )
  }
}
