// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// A version of a model, and what part it plays.
package struct ModelVersion: Sendable, Hashable {
  package enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// A job has made it, and it has not scored yet.
    case registered
    /// It scores beside the champion, in trial.
    case challenger
    /// It has passed the gate, and waits for a person to promote it.
    case awaitingApproval = "awaiting_approval"
    /// The active version: customers are scored with it.
    case champion
    /// It was the champion, and another has taken its place.
    case retired
    /// The gate or a person rejected it.
    case rejected
  }

  package var name: String
  package var state: State
  /// Since when the state holds.
  package var since: Instant
  /// Its first bucket with rows; nil before it scored.
  package var firstScored: Instant?
  /// The retraining job that it came of; nil where none is known.
  package var job: Int?
  /// How often the gate has evaluated it.
  package var evaluations: Int
  /// Why it is in this state, for people.
  package var reason: String

  /// Whether it scores beside the champion and may take its place.
  package var isChallenging: Bool { state == .challenger || state == .awaitingApproval }

  package init(
    _ name: String,
    _ state: State,
    since: Instant,
    firstScored: Instant? = nil,
    job: Int? = nil,
    evaluations: Int = 0,
    reason: String
  ) {
    self.name = name
    self.state = state
    self.since = since
    self.firstScored = firstScored
    self.job = job
    self.evaluations = evaluations
    self.reason = reason
  }
}

/// Recognises the versions of a model: from the answers of jobs and from the log.
///
/// - A version that a job names is registered; it becomes a challenger when it first scores, and is
///   dropped where it does not within `patience`.
/// - A version that begins to score beside the champion is a challenger.
/// - Where the champion has not scored for `silence` and another version does, that one has taken
///   over, whatever was thought of it: the log says what customers are scored with.
package struct VersionRoster: Sendable {
  /// After so long without rows a champion has been replaced.
  package static let silence = FixedDuration(days: 7)
  /// So long a version may take from its registration to its first score.
  package static let patience = FixedDuration(days: 28)

  package private(set) var versions: [ModelVersion]
  /// Names of those that changed, in order; each once.
  package private(set) var changed: [String] = []

  package init(_ versions: [ModelVersion]) { self.versions = versions }

  package var champion: ModelVersion? { versions.first { $0.state == .champion } }

  /// Takes in what is known at a moment.
  ///
  /// - `trained`: Jobs that succeeded, oldest first.
  /// - `log`: The versions that scored.
  package mutating func update(
    trained: [TrainedVersion],
    log: [VersionActivity],
    now: Instant
  ) {
    for training in trained {
      guard let name = training.name else { continue }
      if let index = index(name) {
        link(index, to: training)
        continue
      }
      put(
        ModelVersion(
          name,
          .registered,
          since: now,
          job: training.job,
          reason: "made by job \(training.job)"
        )
      )
    }
    let newest = log.map(\.last).max() ?? .distantPast
    for seen in log.sorted(by: { ($0.first, $0.name) < ($1.first, $1.name) }) {
      recognise(seen, trained: trained, log: log, newest: newest, now: now)
    }
    for version in versions where version.state == .registered {
      if version.since.advanced(by: Self.patience) <= now {
        set(version.name, .rejected, since: now, reason: "it did not score within \(Self.patience)")
      }
    }
  }

  /// Notes the job of a version that was in the log before its trainer named it.
  private mutating func link(_ index: Int, to training: TrainedVersion) {
    var version = versions[index]
    guard version.job == nil, let first = version.firstScored, first >= training.madeAt else {
      return
    }
    version.job = training.job
    put(version)
  }

  private mutating func recognise(
    _ seen: VersionActivity,
    trained: [TrainedVersion],
    log: [VersionActivity],
    newest: Instant,
    now: Instant
  ) {
    let known = index(seen.name).map { versions[$0] }
    guard let champion else {
      enter(seen, .champion, since: seen.first, reason: "the first to score", trained: trained)
      return
    }
    guard seen.name != champion.name else {
      // One that a person promoted may only begin to score.
      if champion.firstScored == nil {
        enter(seen, .champion, since: champion.since, reason: champion.reason, trained: [])
      }
      return
    }
    let isScoring = seen.last.advanced(by: Self.silence) > newest
    let lastScored = log.first { $0.name == champion.name }?.last
    // A person's choice gets as long to show in the log.
    let last = max(lastScored ?? .distantPast, champion.since)
    // Past handovers are recorded as they were: a version that took over may have been replaced
    // since.
    if last.advanced(by: Self.silence) <= seen.last {
      let reason = "it scored when \(champion.name) did not any more"
      set(champion.name, .retired, since: last, reason: "\(seen.name) has taken over in the log")
      enter(seen, .champion, since: last, reason: reason, trained: trained)
    } else if known == nil || known?.state == .registered {
      guard isScoring || known != nil else {
        // It came and went between two checks.
        enter(seen, .rejected, since: now, reason: "it does not score any more", trained: trained)
        return
      }
      enter(
        seen,
        .challenger,
        since: now,
        reason: "it scores beside \(champion.name)",
        trained: trained
      )
    }
  }

  private func index(_ name: String) -> Int? { versions.firstIndex { $0.name == name } }

  private mutating func put(_ version: ModelVersion) {
    if let index = index(version.name) {
      versions[index] = version
    } else {
      versions.append(version)
    }
    if !changed.contains(version.name) { changed.append(version.name) }
  }

  /// Notes that a version is in the log.
  private mutating func enter(
    _ seen: VersionActivity,
    _ state: ModelVersion.State,
    since now: Instant,
    reason: String,
    trained: [TrainedVersion]
  ) {
    let known = index(seen.name).map { versions[$0] }
    put(
      ModelVersion(
        seen.name,
        state,
        since: now,
        firstScored: seen.first,
        job: known?.job ?? silentJob(before: seen.first, trained),
        evaluations: known?.evaluations ?? 0,
        reason: reason
      )
    )
  }

  /// The last job before a moment whose trainer did not name its version, and from which none is
  /// known to have come.
  private func silentJob(before moment: Instant, _ trained: [TrainedVersion]) -> Int? {
    let last = trained.last { $0.madeAt < moment }
    guard let last, last.name == nil, !versions.contains(where: { $0.job == last.job }) else {
      return nil
    }
    return last.job
  }

  private mutating func set(
    _ name: String,
    _ state: ModelVersion.State,
    since now: Instant,
    reason: String
  ) {
    guard let index = index(name) else { return }
    var version = versions[index]
    (version.state, version.since, version.reason) = (state, now, reason)
    put(version)
  }

  // MARK: Decisions

  /// Makes a version the champion; the one before is retired.
  ///
  /// - Throws: `InvalidDecision` where the version is not known, or is the champion already.
  package mutating func promote(_ name: String, now: Instant, reason: String)
    throws(InvalidDecision)
  {
    guard let version = index(name).map({ versions[$0] }) else { throw unknown(name) }
    guard version.state != .champion else {
      throw InvalidDecision("\(name) is the champion already")
    }
    if let champion {
      set(champion.name, .retired, since: now, reason: "\(name) took its place: \(reason)")
    }
    set(name, .champion, since: now, reason: reason)
  }

  /// Makes the version the champion that others have chosen, also one that is not known yet.
  package mutating func follow(_ name: String, now: Instant, reason: String) throws(InvalidDecision)
  {
    if index(name) == nil { put(ModelVersion(name, .registered, since: now, reason: reason)) }
    try promote(name, now: now, reason: reason)
  }

  /// Rejects a version that is registered or in trial.
  package mutating func reject(_ name: String, now: Instant, reason: String) throws(InvalidDecision)
  {
    guard let version = index(name).map({ versions[$0] }) else { throw unknown(name) }
    guard version.state == .registered || version.isChallenging else {
      throw InvalidDecision(
        "\(name) is \(version.state.rawValue); only what is in trial can be rejected"
      )
    }
    set(name, .rejected, since: now, reason: reason)
  }

  /// Makes the version before the champion again, and rejects the present one.
  ///
  /// - Returns: The champion now.
  package mutating func rollBack(now: Instant, reason: String) throws(InvalidDecision) -> String {
    guard let champion else { throw InvalidDecision("there is no champion") }
    let before = versions.filter { $0.state == .retired }.max { $0.since < $1.since }
    guard let before else {
      throw InvalidDecision("no version was the champion before \(champion.name)")
    }
    set(champion.name, .rejected, since: now, reason: "rolled back: \(reason)")
    set(before.name, .champion, since: now, reason: "rolled back from \(champion.name): \(reason)")
    return before.name
  }

  /// Notes that the gate has evaluated a challenger and not decided.
  package mutating func recordEvaluation(_ name: String, reason: String) {
    guard let index = index(name) else { return }
    var version = versions[index]
    version.evaluations += 1
    version.reason = reason
    put(version)
  }

  /// Notes that a challenger has passed the gate and waits for a person.
  ///
  /// The gate does not decide on it again.
  package mutating func pass(_ name: String, now: Instant, reason: String) {
    set(name, .awaitingApproval, since: now, reason: "passed the gate: \(reason)")
  }

  private func unknown(_ name: String) -> InvalidDecision {
    InvalidDecision(
      "there is no version '\(name)'; known are \(versions.map(\.name).joined(separator: ", "))"
    )
  }

  /// A decision that does not fit.
  package struct InvalidDecision: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
  }
}
