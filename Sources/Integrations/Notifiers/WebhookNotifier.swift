// SPDX-License-Identifier: Apache-2.0
package import Alerting
package import Profiles

/// Posts to any address, with the body that Alertmanager sends to webhooks, signed where a secret
/// is shared.
package struct WebhookNotifier: Notifier {
  private let address: String
  private let channel: String
  private let token: String?
  private let secret: String?
  private let timeout: Duration
  private let client: WebClient

  init(
    _ address: String,
    channel: String,
    token: String?,
    secret: String?,
    timeout: Duration,
    _ client: WebClient
  ) {
    self.address = address
    self.channel = channel
    self.token = token
    self.secret = secret
    self.timeout = timeout
    self.client = client
  }

  package func notify(_ notice: AlertNotice, now: Instant) async -> DeliveryOutcome {
    let body: [UInt8]
    do {
      body = try AlertmanagerBody.json(AlertmanagerBody.Webhook(notice, receiver: channel))
    } catch {
      return .refused("the notice cannot be written as JSON")
    }
    var headers = [
      "Content-Type": "application/json", "User-Agent": "plumbline", "Idempotency-Key": notice.key,
    ]
    if let token { headers["Authorization"] = "Bearer \(token)" }
    if let secret {
      headers.merge(
        Signature.headers(
          id: notice.key,
          second: now.microseconds / 1_000_000,
          body: body,
          secret: secret
        )
      ) { $1 }
    }
    return await client.deliver(
      WebRequest("POST", address, headers: headers, body: body, timeout: timeout)
    )
  }
}
