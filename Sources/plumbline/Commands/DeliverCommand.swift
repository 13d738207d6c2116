// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Findings
import Monitor
import Profiles
import Settings
import Store
import YAMLSource

struct DeliverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver",
    abstract: "Tells the channels what waits, and Alertmanager again what fires.",
    discussion: """
      'check' does so at its end. Alertmanager ends what nobody repeats: run this at the interval of the \
      configuration ('alerting.interval'), or with --forever. Exits with 70 where a channel failed; what \
      could not be told waits.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Flag(help: "Go on at the configured interval until stopped.") var forever = false

  func run() async throws {
    let settings = try shared.settings()
    guard !settings.alerting.channels.isEmpty else {
      throw ValidationError("\(shared.config) has no 'alerting' with 'channels'")
    }
    let deliverer = Deliverer(try shared.monitor(settings), settings)
    while true {
      do {
        let pass = try await deliverer.pass()
        Terminal.note(pass.words)
        for (channel, error) in pass.errors.sorted(by: { $0.key < $1.key }) {
          Terminal.error("\(channel): \(error)")
        }
        guard forever else {
          if !pass.errors.isEmpty { throw ExitCode(Failure.failed) }
          return
        }
      } catch  where forever && !(error is CancellationError) {
        // The server may be back at the next pass; nothing is lost meanwhile.
        Terminal.error("\(error)")
      }
      try await Task.sleep(for: .microseconds(settings.alerting.interval.microseconds))
    }
  }
}

struct ChannelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "channels",
    abstract: "Says how the channels do, and what waits for them."
  )

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let settings = try shared.settings()
    let health = try await shared.monitor().channels()
    let configured = settings.alerting.channels.map(\.name.value)
    let unused = configured.filter { name in !health.contains { $0.name == name } }
    for name in unused { Terminal.write("\(name): nothing was told yet\n") }
    for channel in health {
      let isThere = configured.contains(channel.name) ? "" : " (no longer configured)"
      var words = "\(channel.delivered) told, \(channel.queued) waiting"
      if channel.refused > 0 { words += ", \(channel.refused) refused" }
      if channel.expired > 0 { words += ", \(channel.expired) given up" }
      if let at = channel.deliveredAt { words += "; last answered \(at)" }
      if channel.failures > 0 {
        words += "; failed \(channel.failures) times in a row: \(channel.lastError ?? "")"
      }
      if channel.isOpen { words += "; left alone for a while" }
      Terminal.write("\(channel.name)\(isThere): \(words)\n")
    }
  }
}
