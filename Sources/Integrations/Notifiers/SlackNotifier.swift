// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
package import Profiles

/// Posts to an incoming webhook of Slack; an end is a message of its own, since messages cannot be
/// changed.
package struct SlackNotifier: Notifier {
  private let address: String
  private let timeout: Duration
  private let client: WebClient

  init(_ address: String, timeout: Duration, _ client: WebClient) {
    self.address = address
    self.timeout = timeout
    self.client = client
  }

  private struct Message: Encodable {
    struct Field: Encodable {
      let title: String
      let value: String
      let short = true
    }

    struct Attachment: Encodable {
      let color: String
      let title: String
      let title_link: String?
      let text: String
      let fallback: String
      let fields: [Field]
      /// In seconds since 1970.
      let ts: Int64
    }

    let text: String
    let attachments: [Attachment]
  }

  package func notify(_ notice: AlertNotice, now: Instant) async -> DeliveryOutcome {
    let title = "[\(notice.status.rawValue)] \(notice.name): \(notice.model)"
    let color =
      switch (notice.status, notice.severity) {
      case (.resolved, _): "good"
      case (_, .critical): "danger"
      case (_, .warning): "warning"
      case (_, .info): "#888888"
      }
    let shown = ["version", "subject", "segment", "window", "severity", "env"]
    let message = Message(
      text: Self.escaped(title),
      attachments: [
        Message.Attachment(
          color: color,
          title: Self.escaped(title),
          title_link: notice.link,
          text: Self.escaped(notice.summary),
          fallback: Self.escaped("\(title). \(notice.summary)"),
          fields: shown.compactMap { name in
            notice.labels[name].map { Message.Field(title: name, value: Self.escaped($0)) }
          },
          ts: (notice.endsAt ?? notice.startsAt).microseconds / 1_000_000
        )
      ]
    )
    do {
      let body = try AlertmanagerBody.json(message)
      let headers = ["Content-Type": "application/json", "User-Agent": "plumbline"]
      return await client.deliver(
        WebRequest("POST", address, headers: headers, body: body, timeout: timeout)
      )
    } catch {
      return .refused("the notice cannot be written as JSON")
    }
  }

  /// The three characters that Slack gives a meaning to.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
