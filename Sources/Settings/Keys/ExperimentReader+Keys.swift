// SPDX-License-Identifier: Apache-2.0

extension ExperimentReader {
  /// Keys of a campaign.
  static let keys: [ConfigKey] = [
    .required("name", "text", means: "The campaign's name: any text, unique."),
    .required("assignments", "mapping", means: "Who was assigned to which arm, and when."),
    .optional(
      "split",
      "`{ arm: share }`",
      means:
        "Intended shares of at least two arms; without it a sample-ratio mismatch cannot "
        + "be found, which the report states."
    ),
    .optional(
      "tiers",
      "column of the assignments",
      means: "Levels whose effects are estimated apart and may be targeted, such as risk tiers."
    ),
    .optional(
      "covariate",
      "column of the assignments",
      means:
        "A number from before the assignment that explains outcomes; NULL, NaN and "
        + "infinities count as 0."
    ),
    .optional(
      "metrics",
      "list",
      means: "What is measured; the first is primary: the verdict rests on it."
    ),
    .optional("currency", "text", means: "The currency of amounts."),
    .optional(
      "value",
      "amount, or `{ column: name }`",
      default: "no money",
      means:
        "The worth of one success of the primary metric, the same for all or a column of "
        + "the assignments; not for a ratio."
    ),
    .optional("cost", "mapping", means: "What the campaign costs."),
    .optional(
      "segments",
      "list of columns of the assignments",
      means: "Further levels whose effects are estimated apart, each column on its own."
    ),
    .optional("exposures", "mapping", means: "Who was reached."),
    .optional(
      "exclusive",
      "names of campaigns",
      means:
        "Customers who are assigned there too, up to the horizon before or after, are "
        + "left out."
    ),
    .optional(
      "reviews",
      "list of dates",
      means: "When it is planned to decide, in ascending order; needs `planned`."
    ),
    .optional(
      "planned",
      "whole number",
      default: "those assigned",
      means: "Customers planned in all arms."
    ),
    .optional("effect", "number", means: "The smallest difference that matters."),
    .optional(
      "capacity",
      "whole number",
      default: "no limit",
      means: "The most customers that the next campaign can contact."
    ),
    .optional(
      "prior",
      "number",
      default: "flat",
      means: "The standard deviation of effects around nothing, by what is known before."
    ),
    .optional("candidates", "mapping", means: "Whom a campaign can be drawn from."),
  ]

  static let assignmentKeys: [ConfigKey] = [
    .required("table", "name", means: "Who was assigned to which arm; only read."),
    .required("unit", "column", means: "The customer, of the type of the predictions' `entity`."),
    .required("arm", "column", means: "The arm."),
    .required("time", "column", means: "When."),
    .required("control", "text", means: "The name of the arm that nothing is done to."),
    .optional(
      "stratum",
      "column",
      default: "one for all",
      means: "Strata, such as risk tiers, within which arms were drawn with one chance."
    ),
    .optional(
      "where",
      "SQL condition",
      means: "Which rows belong to the campaign; passed on as it stands."
    ),
  ]

  static let metricKeys: [ConfigKey] = [
    .required("name", "text", means: "The metric's name, unique in its campaign."),
    .required("table", "name", means: "Where it is; only read."),
    .required("unit", "column", means: "The customer in it."),
    .optional(
      "time",
      "column",
      default: "one row for each customer",
      means:
        "When it happened; without it the table holds one row for each customer with what "
        + "came after."
    ),
    .optional(
      "event",
      "column",
      default: "a row is the event",
      means: "Boolean or 0/1: whether it happened."
    ),
    .optional("amount", "column", means: "What is summed instead of events; a missing one is 0."),
    .optional("per", "column", means: "Of a ratio: what the sum of `amount` is divided by."),
    .required("horizon", "duration", means: "How long after the assignment an outcome counts."),
    .required("better", "`lower`, `higher`", means: "Which way is good."),
    .optional(
      "role",
      "`guardrail`, `secondary`",
      default: "`secondary`",
      means:
        "A guardrail must not get worse by more than its margin; the first metric is "
        + "primary and has no role."
    ),
    .optional(
      "margin",
      "number",
      default: "`0`",
      means: "The loss that would not matter; required of a guardrail."
    ),
    .optional(
      "cap",
      "number",
      means:
        "Amounts of a customer beyond it count as it (winsorising, stated in advance); "
        + "the report says how many were cut."
    ),
  ]

  static let priceKeys: [ConfigKey] = [
    .required(
      "column",
      "column of the assignments",
      means: "The worth of one success, by customer."
    )
  ]

  static let costKeys: [ConfigKey] = [
    .optional(
      "contact",
      "amount",
      default: "`0`",
      means: "For each assigned customer of a treated arm."
    ),
    .optional(
      "table",
      "name",
      means: "What was spent, by customer; all rows of the assigned count."
    ),
    .optional("unit", "column", default: "required with `table`", means: "The customer in it."),
    .optional("amount", "column", default: "required with `table`", means: "What was spent."),
  ]

  static let exposureKeys: [ConfigKey] = [
    .required("table", "name", means: "Who was reached; only read."),
    .required("unit", "column", means: "The customer in it."),
    .optional(
      "time",
      "column",
      default: "every row counts",
      means: "When; rows count from the assignment on."
    ),
  ]

  static let candidateKeys: [ConfigKey] = [
    .required("table", "name", means: "Whom a campaign can be drawn from; only read."),
    .required("unit", "column", means: "The customer in it."),
    .optional("tier", "column", means: "Strata within which arms get their shares exactly."),
    .optional(
      "time",
      "column",
      means: "Since when each is a candidate, from which the inflow is estimated."
    ),
    .optional("where", "SQL condition", means: "Which rows count; passed on as it stands."),
  ]
}
