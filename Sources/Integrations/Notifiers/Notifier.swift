// SPDX-License-Identifier: Apache-2.0
package import Alerting
package import Profiles

/// What came of an attempt to notify somebody.
package enum DeliveryOutcome: Sendable, Hashable {
  case delivered(String)
  /// It may arrive later, at the earliest after a time that the receiver asked for.
  case retry(String, after: Duration?)
  /// It will never arrive as it is.
  case refused(String)

  package var message: String {
    switch self {
    case .delivered(let message), .retry(let message, _), .refused(let message): message
    }
  }
}

/// A way to notify somebody of an alert's beginning or end.
///
/// A notifier only classifies; when it is tried again is decided in one place for all. To add one:
/// a file with a type that conforms, and a case in `NotifierRoster`.
package protocol Notifier: Sendable {
  /// Sends one notice.
  ///
  /// - `now`: The clock, for time stamps.
  func notify(_ notice: AlertNotice, now: Instant) async -> DeliveryOutcome
}

extension WebClient {
  /// Sends a request and says what its answer means for a notice.
  ///
  /// An answer in the two hundreds is success; too many requests, time-outs and errors of the
  /// server may pass; the rest of the four hundreds, and redirects, will not.
  func deliver(_ request: WebRequest) async -> DeliveryOutcome {
    do {
      let response = try await send(request)
      let status = "HTTP \(response.status)"
      switch response.status {
      case 200..<300: return .delivered(status)
      case 408, 425, 429, 500...:
        return .retry(Self.join(status, response.excerpt), after: response.retryAfter())
      default: return .refused(Self.join(status, response.excerpt))
      }
    } catch {
      return error.isMomentary
        ? .retry(error.description, after: nil) : .refused(error.description)
    }
  }

  private static func join(_ status: String, _ excerpt: String) -> String {
    excerpt.isEmpty ? status : "\(status): \(excerpt)"
  }
}
