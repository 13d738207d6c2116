// SPDX-License-Identifier: Apache-2.0

extension ModelReader {
  /// Keys of a model.
  static let keys: [ConfigKey] = [
    .required(
      "name",
      "text",
      means: "The model's name in reports and in the schema: any text, unique over all files."
    ),
    .required("predictions", "mapping", means: "Where predictions are logged."),
    .optional(
      "outcomes",
      "mapping",
      means: "Where outcomes are reported; without it there is drift but no performance."
    ),
    .optional(
      "decision",
      "mapping with one key",
      default: "`{ threshold: 0.5 }`",
      means: "How a score becomes a flag."
    ),
    .optional(
      "features",
      "`all`, list of columns, or mapping",
      default: "`all`",
      means:
        "Columns that are features; `all` is every column of the predictions without "
        + "another role."
    ),
    .optional(
      "identifiers",
      "list of columns",
      default: "recognised",
      means:
        "Columns that are monitored for missing and new values only; a list replaces the "
        + "recognition."
    ),
    .optional(
      "missing",
      "list of values, or mapping from column to such a list",
      means:
        "Values that stand for \"not known\", such as `[-1, 999]` or `{ tenure: [-1] }`: they count "
        + "as missing."
    ),
    .optional(
      "segments",
      "list of columns",
      means:
        "Columns whose levels are measured each on its own, not crossed; the 20 most "
        + "frequent levels, the rest is `(other)`."
    ),
    .required(
      "reference",
      "`{ from, to }` or a list of them, `trailing`, `same_period_last_year`, or a mapping",
      means: "What windows are compared with; `trailing` alone means 90 days."
    ),
    .optional(
      "bucket",
      "`1d`, or hours that divide a day",
      default: "`1d`",
      means: "The grain of what is stored, such as `1h` and `6h`."
    ),
    .optional(
      "windows",
      "list of `Nd`, `1w`, `1mo`",
      default: "`[7d, 28d]`",
      means: "`Nd` slides by bucket; weeks begin on Monday; months are calendar months."
    ),
    .optional(
      "lateness",
      "duration",
      default: "`0s`",
      means:
        "How long after its end a bucket closes; a row that comes later makes its bucket "
        + "be profiled again, which costs more."
    ),
    .optional(
      "revisit",
      "duration",
      default: "`35d`",
      means:
        "How far back each check searches for rows and outcomes that were added, changed "
        + "or removed; `--full-sweep` searches all."
    ),
    .optional("retention", "mapping", default: "1100 days", means: "How long results are kept."),
    .optional(
      "false_alerts_per_month",
      "number",
      default: "`0.1`",
      means:
        "False alerts of drift that are accepted a month; from it follows the chance at "
        + "which each test is made."
    ),
    .optional(
      "treatment",
      "mapping",
      means:
        "The campaign that acts on this model's predictions: performance comes from its "
        + "hold-out."
    ),
    .optional(
      "customers",
      "mapping",
      means: "Where the customers are listed who should be scored: `coverage` says what share was."
    ),
    .optional("retraining", "mapping", means: "When the model is retrained, and by what."),
  ]

  static let predictionKeys: [ConfigKey] = [
    .required(
      "table",
      "name",
      means: "Table, view, materialised view, foreign or partitioned table; only read."
    ),
    .required(
      "id",
      "column",
      means: "The prediction's id; of repeated ids the earliest row counts."
    ),
    .required(
      "time",
      "column",
      means: "When it was made: timestamptz, timestamp or date (the last two read as UTC)."
    ),
    .required("score", "column", means: "The probability of the positive class."),
    .optional(
      "version",
      "column or quoted constant",
      default: "`'unversioned'`",
      means:
        "The model's version, each reported on its own: `'v1'` in quotes is a constant, "
        + "`model_version` a column; NULL becomes `(missing)`."
    ),
    .optional(
      "entity",
      "column",
      means:
        "The customer; needed where outcomes are matched by entity, and never a feature. "
        + "With it intervals are by customer."
    ),
    .optional("where", "SQL condition", means: "Which rows count; passed on as it stands."),
  ]

  static let outcomeKeys: [ConfigKey] = [
    .required("table", "name", means: "Table or view; only read."),
    .optional(
      "prediction",
      "column",
      default: "this or `entity` is required",
      means: "The id of the prediction that the row labels."
    ),
    .optional(
      "entity",
      "column",
      default: "this or `prediction` is required",
      means:
        "The customer; a row labels each prediction of that customer up to the horizon "
        + "before it."
    ),
    .required("time", "column", means: "When the outcome became known; later rows win."),
    .optional(
      "label",
      "column",
      default: "each row is the event",
      means: "Boolean or 0/1; left out where a row is itself the event."
    ),
    .required(
      "horizon",
      "duration",
      means: "How long after the prediction a label is final; later outcomes are left out."
    ),
    .optional(
      "absent",
      "`negative`, `unknown`",
      default: "`negative`",
      means: "What no outcome means once the horizon has passed."
    ),
    .optional(
      "final",
      "`true`, `false`",
      default: "`false`",
      means:
        "Whether a \"no\" is the last word, as a stay at check-out is. Else it may still become a "
        + "\"yes\" up to the horizon, and windows wait for that. A \"yes\" is always final."
    ),
    .optional(
      "follow_up",
      "duration",
      default: "from the arrival curve",
      means:
        "The label age up to which labels are evaluated for decay before they are mature; "
        + "at least a day, at most the horizon."
    ),
  ]

  static let customerKeys: [ConfigKey] = [
    .required(
      "table",
      "name",
      means: "Table or view with the customers who should be scored; only read."
    ),
    .required(
      "entity",
      "column",
      means: "The customer, of the type of the predictions' `entity`, which is needed too."
    ),
    .optional("since", "column", default: "always", means: "From when each was a customer."),
    .optional(
      "until",
      "column",
      default: "still",
      means: "Until when each was a customer; NULL for those who still are."
    ),
    .optional("where", "SQL condition", means: "Which rows count; passed on as it stands."),
  ]

  static let treatmentKeys: [ConfigKey] = [
    .required(
      "campaign",
      "name under `experiments`",
      means: "The campaign that acts on this model's predictions."
    ),
    .optional(
      "lasting",
      "duration",
      default: "the horizon",
      means: "How long after its assignment a customer's outcomes may still be other ones."
    ),
  ]

  /// Exactly one of them is given.
  static let decisionKeys: [ConfigKey] = [
    .optional("threshold", "0 to 1", means: "Flagged where the score is at least this."),
    .optional("thresholds", "list of mappings", means: "Dated thresholds, in ascending order."),
    .optional("column", "column", means: "Boolean or 0/1: the decision as it was logged."),
    .optional(
      "top",
      "share such as `5%`",
      means: "Flagged are the highest scores of each bucket and version."
    ),
  ]

  static let thresholdKeys: [ConfigKey] = [
    .optional(
      "from",
      "date or moment",
      default: "from the beginning, for the first",
      means: "From when the threshold holds."
    ),
    .required("threshold", "0 to 1", means: "Flagged where the score is at least this."),
  ]

  /// One of them is given.
  static let featureKeys: [ConfigKey] = [
    .optional(
      "exclude",
      "list of columns",
      means: "Columns that are no features; all others without another role are."
    ),
    .optional("json", "column", means: "One jsonb column whose members are the features."),
  ]

  static let rangeKeys: [ConfigKey] = [
    .required("from", "date or moment", means: "When the reference begins; the edge of a bucket."),
    .required("to", "date or moment", means: "When it ends; the edge of a bucket."),
    .optional(
      "version",
      "text",
      default: "all without one of their own",
      means: "The version that it holds for."
    ),
  ]

  static let trailingKeys: [ConfigKey] = [
    .optional("trailing", "`7d` to `3650d`", means: "So many days before each window.")
  ]

  static let trainingKeys: [ConfigKey] = [
    .optional("training_table", "name", means: "The rows that models were trained on; only read."),
    .optional(
      "version",
      "column",
      default: "all rows for all versions",
      means: "Of `training_table`: the version that was trained on a row."
    ),
    .optional(
      "where",
      "SQL condition",
      means: "Of `training_table`: which rows count; passed on as it stands."
    ),
  ]

  static let retentionKeys: [ConfigKey] = [
    .optional(
      "profiles",
      "duration",
      default: "`1100d`",
      means:
        "How long counts per bucket are kept; at least as long as the newest whole window "
        + "takes, the horizon, `lateness` and `revisit` together. Those of the reference "
        + "are always kept."
    ),
    .optional(
      "findings",
      "duration",
      default: "`1100d`",
      means:
        "How long findings, data issues and checks are kept, and counts that were "
        + "replaced by a revision; at least a day."
    ),
  ]
}
