// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import Alerting
import ArgumentParser
import Checks
import Profiles
import Service
import Settings

struct DeliverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver",
    abstract: "Sends the channels what waits, and Alertmanager again what fires.",
    discussion: """
      'check' does so at its end. Alertmanager ends what nobody repeats: run this at the interval \
      of the configuration ('alerting.interval'), or with --follow. Exits with 70 where a channel \
      failed; what could not be sent waits.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Flag(help: "Go on at the configured interval until stopped.") var follow = false

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    guard !settings.alerting.channels.isEmpty else {
      throw ValidationError("\(shared.config) has no 'alerting' with 'channels'")
    }
    let dispatcher = NotificationDispatcher(shared.runtime(sources), settings)
    while true {
      do {
        let pass = try await dispatcher.pass()
        Terminal.log(pass.message)
        for (channel, error) in pass.errors.sorted(by: { $0.key < $1.key }) {
          Terminal.error("\(channel): \(error)")
        }
        guard follow else {
          if !pass.errors.isEmpty { throw ExitPolicy.Status.failed.code }
          return
        }
      } catch  where follow && !(error is CancellationError) {
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
    let (settings, sources) = try shared.configuration()
    let health = try await AlertService(shared.runtime(sources)).channels()
    let configured = settings.alerting.channels.map(\.name)
    let unused = configured.filter { name in !health.contains { $0.name == name } }
    for name in unused { Terminal.write("\(name): nothing was sent yet\n") }
    for channel in health {
      let isThere = configured.contains(channel.name) ? "" : " (no longer configured)"
      var line = "\(channel.delivered) delivered, \(channel.queued) waiting"
      if channel.refused > 0 { line += ", \(channel.refused) refused" }
      if channel.expired > 0 { line += ", \(channel.expired) given up" }
      if let at = channel.deliveredAt { line += "; last answered \(at)" }
      if channel.failures > 0 {
        line += "; failed \(channel.failures) times in a row: \(channel.lastError ?? "")"
      }
      if channel.isOpen { line += "; left alone for a while" }
      Terminal.write("\(channel.name)\(isThere): \(line)\n")
    }
  }
}
