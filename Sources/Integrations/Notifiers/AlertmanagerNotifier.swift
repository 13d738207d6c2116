// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Foundation
package import Profiles

/// Notifies Alertmanager over its API v2.
///
/// Alertmanager forgets alerts when it restarts, and ends those that nobody repeats: what fires is
/// sent again with every pass, on a lease.
package struct AlertmanagerNotifier: Notifier {
  private let address: String
  private let token: String?
  private let timeout: Duration
  private let lease: FixedDuration
  private let client: WebClient

  /// - `lease`: When an alert that fires ends, from now, unless it is sent again.
  init(
    _ address: String,
    token: String?,
    timeout: Duration,
    lease: FixedDuration,
    _ client: WebClient
  ) {
    self.lease = lease
    self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
    self.token = token
    self.timeout = timeout
    self.client = client
  }

  /// A silence that Alertmanager should keep too.
  package struct Silence: Sendable, Hashable {
    /// Our own number.
    package let number: Int
    /// Labels and the values that they must have.
    package let matchers: [String: String]
    package let from: Instant
    package let until: Instant
    package let author: String
    package let reason: String
    /// Where this runs: others that notify the same Alertmanager have silences of their own.
    package let environment: String

    package init(
      environment: String,
      number: Int,
      matchers: [String: String],
      from: Instant,
      until: Instant,
      author: String,
      reason: String
    ) {
      self.environment = environment
      self.number = number
      self.matchers = matchers
      self.from = from
      self.until = until
      self.author = author
      self.reason = reason
    }

    /// By which we know our own among all.
    fileprivate var label: String { Self.prefix(environment) + "\(number)]" }

    static func prefix(_ environment: String) -> String {
      "[plumbline\(environment.isEmpty ? "" : " " + environment), silence #"
    }
  }

  package func notify(_ notice: AlertNotice, now: Instant) async -> DeliveryOutcome {
    await post([notice], now: now)
  }

  /// Sends alerts that fire and ends, all at once; where one is refused, one by one, so that
  /// it does not keep the others.
  package func post(_ notices: [AlertNotice], now: Instant) async -> DeliveryOutcome {
    guard !notices.isEmpty else { return .delivered("nothing to send") }
    let outcome: DeliveryOutcome
    do {
      let body = try AlertmanagerBody.json(
        notices.map {
          AlertmanagerBody.Posted($0, endsAt: $0.endsAt ?? now.advanced(by: lease))
        }
      )
      outcome = await client.deliver(request("POST", "/api/v2/alerts", body: body))
    } catch {
      return .refused("the notice cannot be written as JSON")
    }
    guard case .refused = outcome, notices.count > 1 else { return outcome }
    var refused: [String] = []
    for notice in notices {
      switch await post([notice], now: now) {
      case .delivered: continue
      case .retry(let message, let after): return .retry(message, after: after)
      case .refused(let message): refused.append("\(notice.name): \(message)")
      }
    }
    return refused.isEmpty
      ? .delivered("one by one") : .refused(refused.joined(separator: "; "))
  }

  private func request(_ method: String, _ path: String, body: [UInt8] = []) -> WebRequest {
    var headers = ["User-Agent": "plumbline"]
    if !body.isEmpty { headers["Content-Type"] = "application/json" }
    if let token { headers["Authorization"] = "Bearer \(token)" }
    return WebRequest(method, address + path, headers: headers, body: body, timeout: timeout)
  }

  // MARK: Silences

  private struct Matcher: Codable {
    let name: String
    let value: String
    let isRegex: Bool
    let isEqual: Bool
  }

  private struct Known: Decodable {
    struct Status: Decodable { let state: String }
    let id: String
    let comment: String
    let endsAt: String
    let status: Status
  }

  private struct Asked: Encodable {
    let matchers: [Matcher]
    let startsAt: Instant
    let endsAt: Instant
    let createdBy: String
    let comment: String
  }

  /// Makes Alertmanager keep our silences, and end those of ours that hold no longer.
  ///
  /// - `environment`: Where this runs; silences of others are left alone.
  package func keep(_ silences: [Silence], environment: String) async -> DeliveryOutcome {
    let known: [Known]
    do {
      let response = try await client.send(request("GET", "/api/v2/silences"))
      guard response.status == 200 else {
        return .retry("HTTP \(response.status): \(response.excerpt)", after: response.retryAfter())
      }
      known = try JSONDecoder().decode([Known].self, from: Data(response.body))
        .filter {
          $0.status.state != "expired" && $0.comment.hasPrefix(Silence.prefix(environment))
        }
    } catch let error as WebFailure {
      return .retry(error.description, after: nil)
    } catch {
      return .retry("the list of silences cannot be read", after: nil)
    }
    for item in known where !silences.contains(where: { item.comment.hasPrefix($0.label) }) {
      let outcome = await client.deliver(request("DELETE", "/api/v2/silence/\(item.id)"))
      guard case .delivered = outcome else { return outcome }
    }
    var refused: [String] = []
    for silence in silences where !known.contains(where: { $0.comment.hasPrefix(silence.label) }) {
      let asked = Asked(
        matchers: silence.matchers.sorted { $0.key < $1.key }.map {
          Matcher(name: $0.key, value: $0.value, isRegex: false, isEqual: true)
        },
        startsAt: silence.from,
        endsAt: silence.until,
        createdBy: silence.author,
        comment: "\(silence.label) \(silence.reason)"
      )
      do {
        let body = try AlertmanagerBody.json(asked)
        switch await client.deliver(request("POST", "/api/v2/silences", body: body)) {
        case .delivered: continue
        case .refused(let message): refused.append("silence #\(silence.number): \(message)")
        case .retry(let message, let after): return .retry(message, after: after)
        }
      } catch {
        refused.append("silence #\(silence.number) cannot be written as JSON")
      }
    }
    return refused.isEmpty
      ? .delivered("silences agree") : .refused(refused.joined(separator: "; "))
  }
}
