// SPDX-License-Identifier: Apache-2.0
package import Profiles
import TabularModels

/// A model that was made elsewhere and scores the operator's customers.
package struct AdoptedModel: Sendable {
  /// Returns the probability to leave.
  ///
  /// - `served`: The first model's score of the customer, as it is served.
  package typealias Scoring = @Sendable (_ features: Features, _ served: Double) -> Double

  package let version: String
  /// The first day on which it scores, by day number.
  let from: Int
  package let score: Scoring
}

/// Which models score, as whoever runs the operator's scoring decides.
extension SimulatedOperator {
  /// Lets a model score all customers beside the others, from a day on.
  package mutating func adopt(
    _ version: String,
    from date: CivilDate,
    _ score: @escaping AdoptedModel.Scoring
  ) {
    adopted.append(AdoptedModel(version: version, from: date.dayNumber, score: score))
  }

  /// Lets a model score no more, from a day on.
  package mutating func retire(_ version: String, from date: CivilDate) {
    retired[version] = min(retired[version] ?? .max, date.dayNumber)
  }

  /// Lets the campaign pick by a version's scores.
  package mutating func activate(_ version: String) { activeVersion = version }

  /// The score of the active version.
  func activeScore(_ features: Features) -> Double {
    let served = models[0].model.probability(features.inputs)
    if let model = models.first(where: { $0.version == activeVersion }) {
      return model.model.probability(features.inputs)
    }
    return adopted.first { $0.version == activeVersion }?.score(features, served) ?? served
  }
}
