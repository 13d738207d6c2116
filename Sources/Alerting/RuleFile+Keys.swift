// SPDX-License-Identifier: Apache-2.0
package import Settings

extension RuleFile {
  /// Every key of a rule file and of a file of tests, from the lists that the readers use.
  package static let allKeys = [
    ConfigSection("", fileKeys),
    ConfigSection("groups[]", groupKeys),
    ConfigSection("groups[].rules[]", ruleKeys),
    ConfigSection("groups[].rules[].when", conditionKeys),
    ConfigSection("", RuleTestFile.keys),
    ConfigSection("tests[]", RuleTest.keys),
    ConfigSection("tests[].readings[]", RuleTest.readingKeys),
    ConfigSection("tests[].expect[]", RuleTest.expectationKeys),
  ]

  static let fileKeys: [ConfigKey] = [
    .required("groups", "list", means: "Groups of rules.")
  ]

  static let groupKeys: [ConfigKey] = [
    .required("name", "text", means: "Orders the file and has no effect."),
    .required("rules", "list", means: "The rules."),
  ]

  /// Keys of a rule.
  static let ruleKeys: [ConfigKey] = [
    .required(
      "alert",
      "text",
      means: "The rule's name, in reports and in `rule` of JSON; unique over all files."
    ),
    .required("when", "mapping", means: "Which readings, and what must be so."),
    .required(
      "severity",
      "`info`, `warning`, `critical`",
      means: "How much a bad verdict matters."
    ),
    .optional(
      "summary",
      "text",
      default: "the evaluator's own sentence",
      means:
        "The reason of a bad verdict, with `{{value}}`, `{{reference}}`, `{{sample}}`, "
        + "`{{subject}}`, `{{segment}}`, `{{threshold}}`, `{{since}}`."
    ),
    .optional(
      "for",
      "`2 of 3 windows`, or a duration",
      default: "`1 of 1 windows`",
      means: "How long it must be bad before the alert fires."
    ),
    .optional(
      "keep_firing_for",
      "duration",
      default: "`0s`",
      means: "How long the alert goes on after it was last bad."
    ),
    .optional(
      "no_data",
      "`keep`, `fire`",
      default: "`keep`",
      means: "What a window without data means."
    ),
    .optional(
      "inhibited_by",
      "list of rules",
      means:
        "Rules that explain this one: while one of them fires on the same version, this "
        + "one does not begin."
    ),
    .optional(
      "then",
      "list of `notify`, `retrain`",
      default: "`[notify]`; `[]` with `severity: info`",
      means: "What follows when it fires; `retrain` is for the retraining policy to decide."
    ),
    .optional("labels", "mapping of texts", means: "Further labels of notices."),
    .optional(
      "annotations",
      "mapping of texts",
      means: "Further texts of notices; they may have the placeholders of `summary`."
    ),
  ]

  /// Keys of `when`, with exactly one of `above`, `below`, `drop`, `rise` and `change`.
  static let conditionKeys: [ConfigKey] = [
    .required("check", "name of a check", means: "The check whose readings are evaluated."),
    .optional(
      "subject",
      "text or list",
      default: "all",
      means: "Features, `score` or `outcome`; `'*'` is all."
    ),
    .optional(
      "segment",
      "text",
      default: "all rows together",
      means:
        "`'*'` every level of every segment, `'region=*'` every level of one, "
        + "`'region=North'` one level; a rule without the key evaluates all rows only."
    ),
    .optional(
      "window",
      "such as `7d`, `1w`, `1mo`",
      default: "every kind",
      means: "One kind of window."
    ),
    .optional(
      "above",
      "number",
      means: "Bad above this level; for `psi` and `score-psi` a tolerance."
    ),
    .optional("below", "number", means: "Bad below this level."),
    .optional(
      "drop",
      "number or share",
      means: "Bad when lower than the reference's value by more than this."
    ),
    .optional(
      "rise",
      "number or share",
      means: "Bad when higher than the reference's value by more than this."
    ),
    .optional("change", "number or share", means: "Bad when either."),
    .optional(
      "alpha",
      "chance",
      default: "from the budget",
      means: "How often the rule may be wrong."
    ),
    .optional(
      "min_sample",
      "whole number",
      default: "`0`",
      means:
        "With a smaller sample the verdict is `inconclusive`; the sample is in the "
        + "check's unit, such as churners for `recall`."
    ),
    .optional(
      "resolve_below",
      "number",
      default: "the level that fires",
      means: "With `above`: how far back the value must come before the alert may end."
    ),
    .optional(
      "resolve_above",
      "number",
      default: "the level that fires",
      means: "With `below`: how far back the value must come before the alert may end."
    ),
    .optional(
      "resolve_within",
      "number or share",
      default: "the level that fires",
      means:
        "With `drop`, `rise` and `change`: how far back the value must come before the "
        + "alert may end."
    ),
  ]
}
