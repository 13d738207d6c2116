// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Retraining
import Simulator

/// What the checks of a demo have shown.
struct DemoLog {
  /// What a check first said of something, and when.
  struct Discovery {
    let at: Instant
    let window: WindowEvaluation
    let finding: Finding
  }

  /// What a check advised, where it was something else than the check before.
  struct Advised {
    let at: Instant
    let advice: Advice
  }

  /// An alert that began to fire.
  struct Fired {
    let at: Instant
    let rule: String
    let check: CheckName?
    let subject: String
  }

  var discoveries: [Discovery] = []
  /// In order of time.
  var advice: [Advised] = []
  /// Kinds of data issues, with the first check that saw them.
  var issues: [String: Instant] = [:]
  /// In order of time.
  var alerts: [Fired] = []
  /// What became of versions, in order of time.
  var versions: [(at: Instant, version: ModelVersion)] = []
  /// What the campaign really changed.
  var campaign = CampaignTruth()
  /// Versions that score because a job has made them.
  var adopted: Set<String> = []
  /// What was printed already.
  var known: Set<String> = []
}
