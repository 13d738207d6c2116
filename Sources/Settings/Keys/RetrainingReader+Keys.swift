// SPDX-License-Identifier: Apache-2.0

extension RetrainingReader {
  /// Keys of `retraining`.
  static let keys: [ConfigKey] = [
    .required("trainer", "`command`, `webhook`, `airflow`", means: "What trains."),
    .optional(
      "command",
      "list of texts",
      default: "required of `command`",
      means: "A program and its arguments, run in the folder of the configuration."
    ),
    .optional(
      "webhook",
      "address or `{ env: NAME }`",
      default: "required of `webhook`",
      means: "A service that trains."
    ),
    .optional(
      "secret",
      "text or `{ env: NAME }`",
      means: "Sent to the webhook as `Authorization: Bearer`, and expected of those who call back."
    ),
    .optional(
      "callback",
      "address or `{ env: NAME }`",
      default: "the service is polled",
      means: "Where `serve` is reached by the service, which may then call back; needs `secret`."
    ),
    .optional(
      "airflow",
      "address or `{ env: NAME }`",
      default: "required of `airflow`",
      means: "Airflow 3."
    ),
    .optional("dag", "text", default: "required of `airflow`", means: "The DAG that trains."),
    .optional("token", "text or `{ env: NAME }`", means: "A token for Airflow."),
    .optional("user", "text", means: "A user of Airflow, instead of a token."),
    .optional("password", "text or `{ env: NAME }`", means: "The user's password."),
    .optional(
      "enabled",
      "`true`, `false`",
      default: "`true`",
      means: "The switch; `jobs pause` does the same with a reason."
    ),
    .optional("timeout", "duration", default: "`1d`", means: "How long a run may take."),
    .optional(
      "max_attempts",
      "whole number from 1",
      default: "`2`",
      means: "Runs before a job fails."
    ),
    .optional(
      "min_labels",
      "whole number",
      default: "`1000`",
      means:
        "Final labels since the last training, and since the decay began, without which "
        + "no job is made."
    ),
    .optional("cooldown", "duration", default: "`7d`", means: "From one job to the next."),
    .optional("budget", "mapping", means: "How many jobs may be made in a period."),
    .optional(
      "quiet_hours",
      "such as `22:00-06:00`",
      means: "Local hours in which no job begins; it begins at their end."
    ),
    .optional(
      "every",
      "duration",
      default: "never",
      means: "The model is retrained at the latest so long after the last job."
    ),
    .optional(
      "approval",
      "`never`, `always`, `triggered`",
      default: "`never`",
      means: "Which jobs wait for `jobs approve`; `triggered` are those that alerts ask for."
    ),
    .optional(
      "cost",
      "amount of money",
      means: "What a training costs; given together with `value`."
    ),
    .optional(
      "value",
      "amount of money",
      means: "What a churner who is found is worth: without a benefit in a month there is no job."
    ),
    .optional("window", "duration", default: "`180d`", means: "Predictions to learn from."),
    .optional(
      "gate",
      "mapping",
      default: "as below",
      means: "When a challenger replaces the champion."
    ),
    .optional("registry", "mapping", means: "MLflow's registry, which is kept in step."),
  ]

  static let budgetKeys: [ConfigKey] = [
    .required("jobs", "whole number", means: "How many jobs."),
    .required("per", "duration", means: "In what period."),
  ]

  static let gateKeys: [ConfigKey] = [
    .optional(
      "promote",
      "`automatic`, `manual`",
      default: "`automatic`",
      means: "Whether a challenger that passes is promoted, or waits for a person."
    ),
    .optional("trial", "duration from `1d`", default: "`28d`", means: "The length of the trial."),
    .optional(
      "looks",
      "whole number, 1 to 10",
      default: "`3`",
      means: "How often the trial is evaluated, each time with another length of the trial."
    ),
    .optional(
      "margin",
      "0 to 1",
      default: "`0.02`",
      means: "The loss of recall that would not matter."
    ),
    .optional(
      "calibration",
      "share",
      default: "`0.02`",
      means: "By how much observed and predicted churn may differ."
    ),
    .optional(
      "capacity",
      "share such as `10%`",
      default: "what the decisions flag",
      means: "The share of customers that a list can hold."
    ),
  ]

  static let registryKeys: [ConfigKey] = [
    .required("mlflow", "address or `{ env: NAME }`", means: "The server of MLflow."),
    .required("model", "text", means: "The registered model."),
    .optional(
      "champion",
      "text",
      default: "`champion`",
      means: "The alias of the version in production."
    ),
    .optional(
      "challenger",
      "text",
      default: "`challenger`",
      means: "The alias of the challenger."
    ),
    .optional("token", "text or `{ env: NAME }`", means: "A token for MLflow."),
    .optional(
      "user",
      "text",
      means: "A user of MLflow, instead of a token; given together with `password`."
    ),
    .optional("password", "text or `{ env: NAME }`", means: "The user's password."),
  ]
}
