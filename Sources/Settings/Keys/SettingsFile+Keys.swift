// SPDX-License-Identifier: Apache-2.0

extension SettingsFile {
  /// Keys of the file itself.
  static let keys: [ConfigKey] = [
    .optional(
      "timezone",
      "IANA name",
      default: "`UTC`",
      means:
        "Local days of buckets, calendar windows and dates without a time; times are "
        + "stored in UTC."
    ),
    .optional(
      "include",
      "list of paths",
      means:
        "Further files with one model, a list of models, or a key `models`; relative to "
        + "this file; `*` in the last part."
    ),
    .optional(
      "models",
      "list",
      default: "`models` or `include` is required",
      means: "The models to monitor."
    ),
    .optional("experiments", "list", means: "Campaigns."),
    .optional(
      "alerting",
      "mapping",
      default: "nobody is notified",
      means: "Who is notified of alerts, and how."
    ),
    .optional(
      "rules",
      "list of paths",
      default: "the default set",
      means:
        "Rule files and folders (their `*.yaml` but `*.test.yaml`), relative to this "
        + "file; they replace the default set."
    ),
  ]

  /// Keys of an included file that is neither a model nor a list of models.
  static let includedKeys: [ConfigKey] = [
    .optional("models", "list", means: "The models of the file.")
  ]
}
