// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// Reads who is notified of alerts.
struct AlertingReader {
  private static let kinds = ["alertmanager", "webhook", "slack", "log"]

  func alerting(_ value: YAMLValue) -> AlertingSettings? {
    guard let root = value.mapping(known: Self.keys) else { return nil }
    var settings = AlertingSettings()
    settings.environment = root.optional("environment")?.text()
    settings.link = root.optional("link")?.text()
    if let item = root.optional("interval"), let length = duration(item, "1m") {
      settings.interval = length
      if length > FixedDuration(days: 1) {
        item.addError("'interval' is at most a day: it is how often alerts are sent again")
      }
    }
    if let length = root.optional("give_up_after").flatMap({ duration($0, "1d") }) {
      settings.giveUpAfter = length
    }
    if let length = root.optional("stale_after").flatMap({ duration($0, "2d") }) {
      settings.staleAfter = length
    }
    settings.budget = root.optional("budget").flatMap(budget)
    if let channels = root.optional("channels") {
      settings.channels = channels.namedList(under: channels.path)
        .reading("channel", name: \.name, channel)
    }
    return settings
  }

  private func duration(_ value: YAMLValue, _ example: String) -> FixedDuration? {
    value.parsed("a duration such as \(example)") { text in
      FixedDuration(text).flatMap { $0 > .zero ? $0 : nil }
    }
  }

  private func budget(_ value: YAMLValue) -> AlertBudget? {
    guard let root = value.mapping(known: Self.budgetKeys) else { return nil }
    let alerts = root.required("alerts")?.parsed("a whole number of alerts") {
      Int($0).flatMap { $0 >= 0 ? $0 : nil }
    }
    let period = root.required("per").flatMap { duration($0, "7d") }
    guard let alerts, let period else { return nil }
    return AlertBudget(alerts: alerts, period: period)
  }

  private func channel(_ value: YAMLValue) -> ChannelSettings? {
    guard let root = value.mapping(known: Self.channelKeys) else { return nil }
    let name = root.required("name")?.text()
    if let name, !Self.isName(name) {
      root.optional("name")?.addError("a channel's name is of letters, digits, '-' and '_'")
    }
    let severity = root.optional("severity").map { $0.choice("severity", Severity.self) }
    let timeout = root.optional("timeout").map { duration($0, "10s") }
    if root.optional("webhook") == nil {
      root.optional("secret")?.addError("'secret' signs what a webhook is sent")
    }
    let token = root.optional("token").flatMap(Secret.init)
    let signing = root.optional("secret").flatMap(Secret.init)
    guard let name, let kind = kind(root) else { return nil }
    return ChannelSettings(
      name: name,
      kind: kind,
      severity: (severity ?? nil) ?? .info,
      models: root.optional("models")?.texts(),
      token: token,
      secret: signing,
      timeout: (timeout ?? nil) ?? FixedDuration(microseconds: 10_000_000)
    )
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        byte == 0x2D || byte == 0x5F || (0x30...0x39).contains(byte)
          || (0x61...0x7A).contains(byte | 0x20)
      }
  }

  private func kind(_ root: YAMLMapping) -> ChannelSettings.Kind? {
    let given = Self.kinds.filter { root.optional($0) != nil }
    guard given.count == 1, let key = given.first, let value = root.optional(key) else {
      root.value.addError("give one of \(Self.kinds.map { "'\($0)'" }.joined(separator: ", "))")
      return nil
    }
    if key == "log" { return value.text().map(ChannelSettings.Kind.log) }
    guard let address = Secret.address(value) else { return nil }
    switch key {
    case "alertmanager": return .alertmanager(address)
    case "webhook": return .webhook(address)
    default: return .slack(address)
    }
  }
}
