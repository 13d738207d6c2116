// SPDX-License-Identifier: Apache-2.0
package import Settings

/// Notifies people and other systems of what is in the outbox, and Alertmanager of what still
/// fires.
package struct NotificationDispatcher: Sendable {
  private let runtime: Runtime
  private let settings: Settings

  /// What a pass did.
  package struct Pass: Sendable {
    package var delivered = 0
    package var refused = 0
    package var expired = 0
    /// What will be tried again.
    package var waiting = 0
    /// What is wrong, by channel.
    package var errors: [String: String] = [:]

    /// A line for people.
    package var message: String {
      var parts = ["delivered \(delivered)"]
      if refused > 0 { parts.append("\(refused) refused") }
      if expired > 0 { parts.append("\(expired) given up") }
      if waiting > 0 { parts.append("\(waiting) waiting") }
      return parts.joined(separator: ", ")
    }
  }

  package init(_ runtime: Runtime, _ settings: Settings) {
    self.runtime = runtime
    self.settings = settings
  }

  /// Makes one pass: silences, what was held back, the outbox, what fires.
  ///
  /// Any number of processes may do so at the same time; what one is at work on the others leave
  /// alone.
  package func pass() async throws -> Pass {
    guard !settings.alerting.channels.isEmpty else { return Pass() }
    var pass = DispatchPass(runtime, settings, on: try await runtime.openMigrated())
    try await pass.run()
    return pass.result
  }
}
