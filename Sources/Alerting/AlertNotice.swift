// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// What people and other systems are notified of an alert: complete in itself, so that it says the
/// same whenever it arrives.
package struct AlertNotice: Sendable, Hashable, Codable {
  package enum Status: String, Sendable, Hashable, Codable, CaseIterable {
    case firing, resolved
  }

  package let status: Status
  /// The alert's identity elsewhere: the same as long as it lasts, no value in it.
  package let labels: [String: String]
  /// What may change while it lasts.
  package let annotations: [String: String]
  package let startsAt: Instant
  /// When it ended; nil while it fires.
  package let endsAt: Instant?
  /// Where more can be read; nil where no page is configured.
  package let link: String?
  /// By which a receiver drops repeats.
  package let key: String

  package init(
    status: Status,
    labels: [String: String],
    annotations: [String: String],
    startsAt: Instant,
    endsAt: Instant?,
    link: String?,
    key: String
  ) {
    self.status = status
    // A receiver drops empty labels, which then are another identity.
    self.labels = labels.filter { !$0.value.isEmpty }
    self.annotations = annotations
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.link = link
    self.key = key
  }

  package var severity: Severity { labels["severity"].flatMap(Severity.init) ?? .info }
  package var name: String { labels["alertname"] ?? "" }
  package var model: String { labels["model"] ?? "" }
  package var summary: String { annotations["summary"] ?? "" }

  /// Labels in order of their names.
  package var sortedLabels: [(name: String, value: String)] {
    labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

/// What all notices have in common.
package struct NoticeContext: Sendable, Hashable {
  /// Where this runs, such as `prod`; part of the identity.
  package let environment: String?
  /// The address of an alert's page, with `{{number}}`.
  package let link: String?

  package init(environment: String? = nil, link: String? = nil) {
    self.environment = environment
    self.link = link
  }

  /// The notice of an alert that fires, or of its end.
  ///
  /// - `number`: By which commands and pages name the alert.
  /// - `labels`, `annotations`: Those that the rule adds; annotations with placeholders.
  /// - Returns: nil for an alert that never fired.
  package func notice(
    _ alert: Alert,
    number: Int,
    model: String,
    labels: [String: String],
    annotations: [String: String]
  ) -> AlertNotice? {
    guard let start = alert.firingSince else { return nil }
    let key = alert.key
    let isFiring = alert.state == .firing
    var all = labels
    all["alertname"] = key.rule
    all["model"] = model
    all["version"] = key.version
    all["subject"] = key.subject
    all["segment"] = key.segment
    all["window"] = key.window.description
    all["severity"] = alert.severity.rawValue
    all["env"] = environment
    let placeholders = Placeholders(alert)
    var texts = annotations.mapValues(placeholders.fill)
    texts["summary"] = texts["summary"] ?? alert.reason
    texts["reason"] = alert.reason
    texts["window_from"] = alert.newest.window.from.description
    texts["window_to"] = alert.newest.window.to.description
    texts["sample"] = String(alert.newest.sample)
    for (name, value) in [
      ("value", alert.newest.value), ("reference", alert.newest.reference),
      ("threshold", alert.newest.threshold),
    ] {
      texts[name] = value.map { "\($0)" }
    }
    return AlertNotice(
      status: isFiring ? .firing : .resolved,
      labels: all,
      annotations: texts,
      startsAt: start,
      endsAt: isFiring ? nil : alert.resolvedAt ?? alert.since,
      link: link.map { $0.replacing("{{number}}", with: String(number)) },
      key: Self.key(number: number, start: start, isFiring: isFiring)
    )
  }

  /// The notice that further alerts of a model are held back until the budget allows them.
  package func budgetSpent(
    _ budget: NotificationPolicy.Budget,
    model: String,
    now: Instant
  ) -> AlertNotice {
    AlertNotice(
      status: .firing,
      labels: [
        "alertname": "AlertBudgetSpent", "model": model, "severity": Severity.warning.rawValue,
        "env": environment ?? "",
      ],
      annotations: [
        "summary":
          "\(budget.alerts) alerts were sent within \(budget.period); further ones below critical "
          + "are held back until the budget allows: 'plumbline alerts list' has them"
      ],
      startsAt: now,
      endsAt: nil,
      link: nil,
      key: Self.key(budget, model: model, now: now)
    )
  }

  /// The key of the notice that a budget is spent: the same within a period.
  package static func key(
    _ budget: NotificationPolicy.Budget,
    model: String,
    now: Instant
  ) -> String {
    "plumbline-budget-\(model)-\(budget.number(of: now))"
  }

  /// The key of an episode's beginning or end: the same however often it is sent.
  package static func key(number: Int, start: Instant, isFiring: Bool) -> String {
    "plumbline-alert-\(number)-\(start.microseconds)-\(isFiring ? "firing" : "resolved")"
  }
}

/// The values that `{{value}}` and the like stand for.
struct Placeholders {
  private let value: Double?
  private let reference: Double?
  private let threshold: Double?
  private let sample: Int
  private let subject: String
  private let segment: String?
  private let since: Instant?

  init(_ reading: Reading, threshold: Double?) {
    value = reading.value
    reference = reading.reference
    self.threshold = threshold
    sample = reading.sample.current
    subject = reading.subject
    segment = reading.segment
    since = reading.detector?.alarm?.since
  }

  init(_ alert: Alert) {
    value = alert.newest.value
    reference = alert.newest.reference
    threshold = alert.newest.threshold
    sample = alert.newest.sample
    subject = alert.key.subject
    segment = alert.key.segment
    since = alert.firingSince
  }

  /// In the order in which they are filled in.
  private var texts: [(name: String, text: String)] {
    [
      ("value", value.map(NumberText.text) ?? "-"),
      ("reference", reference.map(NumberText.text) ?? "-"),
      ("sample", NumberText.grouped(sample)), ("subject", subject), ("segment", segment ?? "all"),
      ("since", since.map { String($0.description.prefix(10)) } ?? "-"),
      ("threshold", threshold.map(NumberText.text) ?? "-"),
    ]
  }

  func fill(_ text: String) -> String {
    texts.reduce(text) { $0.replacing("{{\($1.name)}}", with: $1.text) }
  }
}
