// SPDX-License-Identifier: Apache-2.0
import Settings

extension RuleTestFile {
  /// Keys of a file of tests.
  static let keys: [ConfigKey] = [
    .optional(
      "rule_files",
      "list of paths",
      default: "the rules that hold",
      means: "The rules under test, relative to the file."
    ),
    .required("tests", "list", means: "The tests."),
  ]
}

extension RuleTest {
  /// Keys of a test.
  static let keys: [ConfigKey] = [
    .required("name", "text", means: "The test's name."),
    .optional("window", "such as `7d`", default: "`7d`", means: "The kind of window."),
    .optional(
      "every",
      "duration",
      default: "windows do not overlap",
      means: "From check to check."
    ),
    .required("readings", "list", means: "Readings of one window after another."),
    .required("expect", "list", means: "The alerts that should come of them."),
  ]

  static let readingKeys: [ConfigKey] = [
    .required("check", "name of a check", means: "The check."),
    .optional("subject", "text", default: "`score`", means: "What was measured."),
    .optional(
      "segment",
      "text",
      default: "all rows together",
      means: "A level such as `region=North`."
    ),
    .optional("reference", "number", means: "The reference's value."),
    .optional(
      "margin",
      "number",
      default: "exact values",
      means: "Half the width of each value's interval."
    ),
    .optional("sample", "whole number", default: "`1000000`", means: "The sample of each value."),
    .required(
      "values",
      "numbers such as `0.05x3 0.31`, `no_data`, `immature`, `no_reference`",
      means: "One for each window; `0.31x3` is three windows."
    ),
  ]

  /// What should be so after a check.
  static let expectationKeys: [ConfigKey] = [
    .required("at", "whole number", means: "The check, counted from 1."),
    .optional(
      "firing",
      "list of rules",
      default: "not compared",
      means: "Exactly the rules that have a firing alert."
    ),
    .optional(
      "pending",
      "list of rules",
      default: "not compared",
      means: "Exactly the rules that have a pending alert."
    ),
    .optional(
      "resolved",
      "list of rules",
      default: "not compared",
      means: "Exactly the rules that have a resolved alert."
    ),
    .optional(
      "no_data",
      "list of rules",
      default: "not compared",
      means: "Exactly the rules that have an alert without data."
    ),
    .optional(
      "retrain",
      "`true`, `false`",
      default: "not compared",
      means: "Whether a firing alert asks for a retraining."
    ),
    .optional(
      "notify",
      "`true`, `false`",
      default: "not compared",
      means: "Whether a firing alert asks for a notice."
    ),
  ]
}
