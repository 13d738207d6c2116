// SPDX-License-Identifier: Apache-2.0

extension AlertingReader {
  /// Keys of `alerting`.
  static let keys: [ConfigKey] = [
    .optional(
      "environment",
      "text",
      means: "Where this runs, such as `prod`: the label `env` of every notice."
    ),
    .optional(
      "link",
      "text",
      means: "The address of an alert's page; `{{number}}` is the alert's number."
    ),
    .optional(
      "interval",
      "duration up to `1d`",
      default: "`1m`",
      means:
        "From pass to pass of delivery; Alertmanager ends an alert that was not sent "
        + "again for four."
    ),
    .optional("give_up_after", "duration", default: "`1d`", means: "How long a notice is tried."),
    .optional(
      "stale_after",
      "duration",
      default: "`2d`",
      means: "A model that was last checked longer ago makes `CheckStale` fire."
    ),
    .optional(
      "budget",
      "mapping",
      means: "How many alerts below `critical` a model may begin on a channel; further ones wait."
    ),
    .optional("channels", "list", means: "Who is notified."),
  ]

  static let budgetKeys: [ConfigKey] = [
    .required("alerts", "whole number", means: "How many alerts."),
    .required("per", "duration", means: "In what period."),
  ]

  /// Exactly one of `alertmanager`, `webhook`, `slack` and `log` is given.
  static let channelKeys: [ConfigKey] = [
    .required("name", "letters, digits, `-` and `_`", means: "The channel's name, unique."),
    .optional(
      "alertmanager",
      "address or `{ env: NAME }`",
      means: "Alertmanager 0.25 or later, such as `http://alertmanager:9093`."
    ),
    .optional(
      "webhook",
      "address or `{ env: NAME }`",
      means: "Receives the body that Alertmanager sends to webhooks."
    ),
    .optional("slack", "address or `{ env: NAME }`", means: "An incoming webhook of Slack."),
    .optional("log", "path or `stderr`", means: "A line of JSON for each notice."),
    .optional(
      "severity",
      "`info`, `warning`, `critical`",
      default: "`info`",
      means: "The lowest severity that is sent."
    ),
    .optional("models", "list of names", default: "all", means: "Models whose alerts are sent."),
    .optional(
      "token",
      "text or `{ env: NAME }`",
      means: "Sent as `Authorization: Bearer` to Alertmanager and webhooks."
    ),
    .optional("secret", "text or `{ env: NAME }`", means: "Signs what a webhook is sent."),
    .optional("timeout", "duration", default: "`10s`", means: "How long a whole call may take."),
  ]
}
