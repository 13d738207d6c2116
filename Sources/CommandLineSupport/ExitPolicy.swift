// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
package import Checks

/// Which status a check ends with.
///
/// A failure goes before a model that another run is checking, that before what fires, and that
/// before what cannot be evaluated.
package struct ExitPolicy: Sendable, Hashable {
  /// What a command says to the scheduler that runs it.
  package enum Status: Int32, Sendable, CaseIterable {
    case done = 0
    /// Something asks for action.
    case firing = 10
    /// Something that a rule asks about could not be evaluated.
    case cannotJudge = 20
    /// Wrong arguments or a faulty configuration.
    case usage = 64
    case failed = 70
    /// Another run is at work on a model; trying again later helps.
    case locked = 75

    /// What a command throws to end so.
    package var code: ExitCode { ExitCode(rawValue) }
  }

  private var hasFailed = false
  private var isLocked = false
  private var isFiring = false
  private var hasUnevaluated = false

  package init() {}

  /// A model could not be checked.
  package mutating func addFailure() { hasFailed = true }

  /// Another run was checking a model.
  package mutating func addLocked() { isLocked = true }

  /// There is nothing to evaluate: no version, or one without a window.
  package mutating func addUnevaluated() { hasUnevaluated = true }

  /// Adds a version.
  ///
  /// - Parameters:
  ///   - findings: Those of all its windows.
  ///   - alerts: The severities of its alerts that fire; nil for a check of the past, which does
  ///     not move alerts, so that the verdicts alone count.
  package mutating func add(findings: [Finding], alerts: [Severity]?) {
    // Rules of severity info inform; they do not fire.
    let severities = alerts ?? findings.compactMap(\.severity)
    isFiring = isFiring || severities.contains { $0 > .info }
    // Labels that are still to come are no news; everything else that kept a rule from a verdict
    // is.
    hasUnevaluated =
      hasUnevaluated
      || findings.contains {
        $0.verdict.cannotJudge && $0.verdict != .immature && $0.rule != nil
      }
  }

  /// Decides by what was added.
  ///
  /// - Parameter isDetailed: Whether verdicts count, as `--detailed-exit-code` asks for.
  /// - Returns: The status to end with.
  package func status(isDetailed: Bool) -> Status {
    if hasFailed { return .failed }
    if isLocked { return .locked }
    guard isDetailed else { return .done }
    if isFiring { return .firing }
    return hasUnevaluated ? .cannotJudge : .done
  }
}
