// SPDX-License-Identifier: Apache-2.0

/// A job whose lease this process holds.
package struct ClaimedJob: Sendable {
  package let identifier: Int
  package let model: String
  package let modelNumber: Int
  package let attempts: Int
  package let maximumAttempts: Int
  /// The fencing token: writes of an earlier holder are refused.
  package let epoch: Int
  /// The run that an earlier holder began; nil where none is known.
  package let run: String?
  package let isCancelled: Bool
  /// Seconds since it was first taken.
  package let age: Double
  package let order: TrainingOrder

  package init(
    identifier: Int,
    model: String,
    modelNumber: Int,
    attempts: Int,
    maximumAttempts: Int,
    epoch: Int,
    run: String?,
    isCancelled: Bool,
    age: Double,
    order: TrainingOrder
  ) {
    self.identifier = identifier
    self.model = model
    self.modelNumber = modelNumber
    self.attempts = attempts
    self.maximumAttempts = maximumAttempts
    self.epoch = epoch
    self.run = run
    self.isCancelled = isCancelled
    self.age = age
    self.order = order
  }
}
