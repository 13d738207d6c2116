// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Reads when a model is retrained, and by what.
struct RetrainingReader {
  /// The keys that belong to each trainer.
  private static let ofTrainer = [
    "command": ["command"], "webhook": ["webhook", "secret", "callback"],
    "airflow": ["airflow", "dag", "token", "user", "password"],
  ]

  private enum Kind: String, CaseIterable { case command, webhook, airflow }

  func retraining(_ value: YAMLValue) -> RetrainingSettings? {
    guard let root = value.mapping(known: Self.keys) else { return nil }
    guard let trainer = trainer(root) else { return nil }
    var settings = RetrainingSettings(trainer: trainer)
    if let item = root.optional("enabled"), let flag = item.parsed("true or false", { Bool($0) }) {
      settings.isEnabled = flag
    }
    settings.timeout = length(root, "timeout") ?? settings.timeout
    settings.cooldown = length(root, "cooldown") ?? settings.cooldown
    settings.window = length(root, "window") ?? settings.window
    settings.every = length(root, "every")
    settings.maximumAttempts = count(root, "max_attempts", from: 1) ?? settings.maximumAttempts
    settings.minimumLabels = count(root, "min_labels", from: 0) ?? settings.minimumLabels
    settings.budget = root.optional("budget").flatMap(budget)
    settings.gate = root.optional("gate").flatMap(gate) ?? settings.gate
    settings.registry = root.optional("registry").flatMap(registry)
    settings.quietHours = root.optional("quiet_hours").flatMap(quietHours)
    settings.approval =
      root.optional("approval").flatMap {
        $0.choice("approval", RetrainingSettings.Approval.self)
      } ?? settings.approval
    let amounts = 0...Double.greatestFiniteMagnitude
    settings.cost = root.optional("cost").flatMap { $0.number(in: amounts, "an amount of money") }
    settings.value = root.optional("value").flatMap { $0.number(in: amounts, "an amount of money") }
    if (settings.cost == nil) != (settings.value == nil) {
      value.addError(
        "give 'cost' (of a training) and 'value' (of a churner who is found) together"
      )
    }
    return settings
  }

  private func trainer(_ root: YAMLMapping) -> RetrainingSettings.Trainer? {
    guard let kind = root.required("trainer")?.choice("trainer", Kind.self) else { return nil }
    for (other, keys) in Self.ofTrainer where other != kind.rawValue {
      for key in keys {
        root.optional(key)?.addError("'\(key)' belongs to the trainer '\(other)'")
      }
    }
    switch kind {
    case .command:
      let arguments = root.required("command")?.texts() ?? []
      return arguments.isEmpty ? nil : .command(arguments)
    case .webhook:
      guard let address = root.required("webhook").flatMap(Secret.address) else { return nil }
      let secret = root.optional("secret").flatMap(Secret.init)
      let callback = root.optional("callback")
      if let callback, secret == nil {
        callback.addError("'callback' needs a 'secret', by which we know who calls")
      }
      return .webhook(address, signedBy: secret, callback: callback.flatMap(Secret.address))
    case .airflow:
      let address = root.required("airflow").flatMap(Secret.address)
      let dag = root.required("dag")?.text()
      guard let address, let dag else { return nil }
      return .airflow(
        address,
        dag: dag,
        token: root.optional("token").flatMap(Secret.init),
        user: root.optional("user")?.text(),
        password: root.optional("password").flatMap(Secret.init)
      )
    }
  }

  private func length(_ root: YAMLMapping, _ key: String) -> FixedDuration? {
    root.optional(key)?.parsed("a duration such as 7d") { text in
      FixedDuration(text).flatMap { $0 >= .zero ? $0 : nil }
    }
  }

  private func count(_ root: YAMLMapping, _ key: String, from least: Int) -> Int? {
    root.optional(key)?.parsed("a whole number from \(least) on") {
      Int($0).flatMap { $0 >= least ? $0 : nil }
    }
  }

  private func budget(_ value: YAMLValue) -> JobBudget? {
    guard let root = value.mapping(known: Self.budgetKeys) else { return nil }
    let jobs = root.required("jobs")?.parsed("a whole number of jobs") {
      Int($0).flatMap { $0 >= 0 ? $0 : nil }
    }
    guard let jobs, let period = length(root, "per") else { return nil }
    return JobBudget(jobs: jobs, period: period)
  }

  private func gate(_ value: YAMLValue) -> RetrainingSettings.Gate? {
    guard let root = value.mapping(known: Self.gateKeys) else { return nil }
    var gate = RetrainingSettings.Gate()
    gate.promote =
      root.optional("promote").flatMap {
        $0.choice("way to promote", RetrainingSettings.Gate.Promotion.self)
      } ?? gate.promote
    gate.trial = root.optional("trial")?.parsed("a duration of at least a day such as 28d") {
      FixedDuration($0).flatMap { $0 >= FixedDuration(days: 1) ? $0 : nil }
    }
    gate.evaluations = root.optional("looks")?.parsed("a number of evaluations from 1 to 10") {
      Int($0).flatMap { (1...10).contains($0) ? $0 : nil }
    }
    gate.margin = root.optional("margin")?.number(in: 0...1, "a loss of recall from 0 to 1")
    gate.calibration = root.optional("calibration")?.number(
      in: 0.0001...1,
      "a share of customers from 0 to 1"
    )
    gate.capacity = root.optional("capacity")?.number(
      in: 0.0001...0.9999,
      "a share of customers such as 10%"
    )
    return gate
  }

  private func registry(_ value: YAMLValue) -> RegistrySettings? {
    guard let root = value.mapping(known: Self.registryKeys) else { return nil }
    let address = root.required("mlflow").flatMap(Secret.address)
    let model = root.required("model")?.text()
    guard let address, let model else { return nil }
    var registry = RegistrySettings(address: address, model: model)
    registry.champion = root.optional("champion")?.text() ?? registry.champion
    registry.challenger = root.optional("challenger")?.text() ?? registry.challenger
    registry.token = root.optional("token").flatMap(Secret.init)
    registry.user = root.optional("user")?.text()
    registry.password = root.optional("password").flatMap(Secret.init)
    if (registry.user == nil) != (registry.password == nil) {
      value.addError("give 'user' and 'password' together")
    }
    if registry.champion == registry.challenger {
      value.addError("'champion' and 'challenger' are two aliases: they cannot have one name")
    }
    return registry
  }

  /// Reads `22:00-06:00`.
  private func quietHours(_ value: YAMLValue) -> RetrainingSettings.QuietHours? {
    value.parsed("hours of the day such as 22:00-06:00") { text in
      let ends = text.split(separator: "-").map { part -> Int? in
        let numbers = part.split(separator: ":")
        guard numbers.count == 2, let hour = Int(numbers[0]), let minute = Int(numbers[1]),
          (0..<24).contains(hour), (0..<60).contains(minute)
        else { return nil }
        return hour * 60 + minute
      }
      guard ends.count == 2, let from = ends[0], let to = ends[1], from != to else { return nil }
      return RetrainingSettings.QuietHours(from: from, to: to)
    }
  }
}
