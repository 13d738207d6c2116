// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What a trainer gets: as JSON on its standard input, in the body of a call, or as the
/// configuration of a run.
package struct TrainingTask: Sendable, Hashable, Codable {
  /// The map that puts scores right, for a recalibration.
  package struct Map: Sendable, Hashable, Codable {
    /// logit p = intercept + slope · logit score.
    package let intercept: Double
    package let slope: Double

    package init(intercept: Double, slope: Double) {
      self.intercept = intercept
      self.slope = slope
    }
  }

  package let model: String
  package let remedy: RetrainingDecision.Remedy
  /// The version in use.
  package let version: String
  package let reason: String
  /// The predictions to learn from, and the moment as of which labels count: the same query on the
  /// same data gives the same rows.
  package let from: Instant
  package let to: Instant
  package let asOf: Instant
  /// The first predictions that are known to be concerned by what asks for training: what was
  /// learnt before may not hold since; nil where nothing but the time asks.
  package let decaySince: Instant?
  /// The SQL of the training rows; nil where there are no outcomes.
  package let query: String?
  package let map: Map?

  package init(
    model: String,
    remedy: RetrainingDecision.Remedy,
    version: String,
    reason: String,
    from: Instant,
    to: Instant,
    asOf: Instant,
    decaySince: Instant? = nil,
    query: String?,
    map: Map?
  ) {
    self.model = model
    self.remedy = remedy
    self.version = version
    self.reason = reason
    self.from = from
    self.to = to
    self.asOf = asOf
    self.decaySince = decaySince
    self.query = query
    self.map = map
  }

  enum CodingKeys: String, CodingKey {
    case model, remedy, version, reason, from, to, query, map
    case asOf = "as_of"
    case decaySince = "decay_since"
  }

  /// Every documented key is there, null where nothing is known: a trainer may ask for each.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(remedy, forKey: .remedy)
    try container.encode(version, forKey: .version)
    try container.encode(reason, forKey: .reason)
    try container.encode(from, forKey: .from)
    try container.encode(to, forKey: .to)
    try container.encode(asOf, forKey: .asOf)
    try container.encode(decaySince, forKey: .decaySince)
    try container.encode(query, forKey: .query)
    try container.encode(map, forKey: .map)
  }
}

/// A task with the key by which the trainer knows the job, however often it is sent.
package struct TrainingOrder: Sendable, Hashable, Codable {
  package let job: Int
  /// `plumbline-MODEL-JOB-TOKEN`, of characters that every back end takes; from the second run on
  /// with its number.
  package let key: String
  /// The run, from 1; another only where the one before is known to have ended.
  package let run: Int
  package let task: TrainingTask

  /// - `token`: That no other job has, of any database.
  package init(job: Int, token: String, run: Int, task: TrainingTask) {
    self.job = job
    self.run = run
    self.task = task
    let name = task.model.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    let suffix = run > 1 ? "-run\(run)" : ""
    key = "plumbline-\(String(name))-\(job)-\(token)\(suffix)"
  }
}

/// What a trainer says in the end.
package struct TrainingAnswer: Sendable, Hashable, Codable {
  /// The version that was made; nil where the trainer does not say.
  package let version: String?
  /// Whatever else it wants to be known.
  package let metrics: [String: Double]?
  /// Where the model is, for a registry, such as `runs:/ID/model`, and the run that made it.
  package let source: String?
  package let run: String?

  package init(
    version: String?,
    metrics: [String: Double]? = nil,
    source: String? = nil,
    run: String? = nil
  ) {
    self.version = version
    self.metrics = metrics
    self.source = source
    self.run = run
  }

  enum CodingKeys: String, CodingKey {
    case version, metrics, source
    case run = "run_id"
  }
}
