// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// When a model is retrained, and by what.
package struct RetrainingSettings: Sendable {
  /// What trains.
  package enum Trainer: Sendable, Hashable {
    /// A program with its arguments.
    case command([String])
    /// A service; `callback` is where our server is reached by it, nil where the service is polled.
    case webhook(Secret, signedBy: Secret?, callback: Secret?)
    case airflow(Secret, dag: String, token: Secret?, user: String?, password: Secret?)
  }

  /// Which jobs wait for a person.
  package enum Approval: String, Sendable, CaseIterable {
    case never, always
    /// Those that alerts ask for; not those that are due by time.
    case triggered
  }

  /// Hours of the local day in which no job begins.
  package struct QuietHours: Sendable, Hashable {
    /// Minutes of the day; the second may be before the first, then it is of the next day.
    package var from: Int
    package var to: Int
  }

  /// When a challenger takes the champion's place.
  package struct Gate: Sendable, Hashable {
    package enum Promotion: String, Sendable, CaseIterable {
      /// Who passes is promoted.
      case automatic
      /// Who passes waits for a person.
      case manual
    }

    package var promote = Promotion.automatic
    /// The length of the trial; nil for the usual.
    package var trial: FixedDuration?
    package var evaluations: Int?
    /// The loss of recall that would not matter.
    package var margin: Double?
    /// By how much observed and predicted churn may differ.
    package var calibration: Double?
    /// The share of customers that a list can hold; nil for what the decisions say.
    package var capacity: Double?

    package init() {}
  }

  package var trainer: Trainer
  package var isEnabled = true
  /// How long a run may take.
  package var timeout = FixedDuration(days: 1)
  package var maximumAttempts = 2
  /// Final labels since the last training without which nothing new could be learnt.
  package var minimumLabels = 1000
  /// From one job's beginning to the next.
  package var cooldown = FixedDuration(days: 7)
  /// How many jobs within a period; nil limits nothing.
  package var budget: JobBudget?
  package var quietHours: QuietHours?
  /// Trained at the latest so long after the last time; nil for never without an alert.
  package var every: FixedDuration?
  package var approval = Approval.never
  /// What a training costs, and what a churner who is found is worth, in one currency.
  package var cost: Double?
  package var value: Double?
  package var gate = Gate()
  /// Where versions are registered; nil for nowhere.
  package var registry: RegistrySettings?
  /// Rows of so long a time are for training.
  package var window = FixedDuration(days: 180)
}

/// MLflow's registry of a model.
package struct RegistrySettings: Sendable, Hashable {
  package var address: Secret
  /// The registered model.
  package var model: String
  /// The aliases of the champion and of the challenger.
  package var champion = "champion"
  package var challenger = "challenger"
  package var token: Secret?
  package var user: String?
  package var password: Secret?

  package init(address: Secret, model: String) {
    self.address = address
    self.model = model
  }
}

/// How many retraining jobs a model may have within a period.
package struct JobBudget: Sendable, Hashable {
  package var jobs: Int
  package var period: FixedDuration
}
