// SPDX-License-Identifier: Apache-2.0
import Dispatch
package import Foundation
import Synchronization
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One call of another system over HTTP.
package struct WebRequest: Sendable {
  package var method: String
  package var address: String
  package var headers: [String: String]
  package var body: [UInt8]
  /// For the whole call, from name look-up to the last byte.
  package var timeout: Duration

  package init(
    _ method: String = "POST",
    _ address: String,
    headers: [String: String] = [:],
    body: [UInt8] = [],
    timeout: Duration = .seconds(10)
  ) {
    self.method = method
    self.address = address
    self.headers = headers
    self.body = body
    self.timeout = timeout
  }
}

/// A whole answer.
package struct WebResponse: Sendable {
  package let status: Int
  /// With names in lower case.
  package let headers: [String: String]
  package let body: [UInt8]

  package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The beginning of the body, on one line, for error messages.
  package var excerpt: String {
    // NUL cannot be stored.
    String(decoding: body.prefix(300), as: UTF8.self).replacing("\0", with: "\u{FFFD}")
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// What the receiver asks to wait, of `Retry-After` in seconds or as a date.
  package func retryAfter(now: Date = Date()) -> Duration? {
    guard let text = headers["retry-after"] else { return nil }
    if let seconds = Double(text), seconds >= 0 { return .seconds(min(seconds, 86_400)) }
    let reader = DateFormatter()
    reader.locale = Locale(identifier: "en_US_POSIX")
    reader.timeZone = TimeZone(identifier: "GMT")
    reader.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return reader.date(from: text).map { .seconds(max(0, min(86_400, $0.timeIntervalSince(now)))) }
  }
}

/// A call of which no whole answer came: whether it had an effect is not known.
package struct WebFailure: Error, Sendable, CustomStringConvertible {
  /// Without the address, which may hold a secret.
  package let description: String
  /// Whether another attempt may succeed.
  package let isMomentary: Bool
}

/// Calls other systems.
///
/// Redirects are not followed: a POST would become a GET.
package struct WebClient: Sendable {
  private let session: URLSession

  package init() {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpShouldSetCookies = false
    configuration.urlCache = nil
    session = URLSession(configuration: configuration, delegate: Here(), delegateQueue: nil)
  }

  /// Stays where the call was sent.
  private final class Here: NSObject, URLSessionTaskDelegate {
    func urlSession(
      _ session: URLSession,
      task: URLSessionTask,
      willPerformHTTPRedirection response: HTTPURLResponse,
      newRequest request: URLRequest,
      completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
      completionHandler(nil)
    }
  }

  /// Sends a request and returns the whole answer, whatever its status.
  ///
  /// - Throws: `WebFailure` where no whole answer came in time.
  package func send(_ request: WebRequest) async throws(WebFailure) -> WebResponse {
    guard let url = URL(string: request.address), url.host != nil,
      url.scheme == "http" || url.scheme == "https"
    else {
      throw WebFailure(description: "the address is not valid", isMomentary: false)
    }
    var call = URLRequest(url: url)
    call.httpMethod = request.method
    for (name, value) in request.headers { call.setValue(value, forHTTPHeaderField: name) }
    if !request.body.isEmpty { call.httpBody = Data(request.body) }
    call.timeoutInterval = request.timeout.inSeconds
    switch await exchange(call, within: request.timeout) {
    case nil:
      throw WebFailure(
        description: "no answer within \(request.timeout.inSeconds) s",
        isMomentary: true
      )
    case .success((let data, let response))?:
      // Bytes without a head would pass for an answer of a time before heads.
      guard let answer = response as? HTTPURLResponse, (100..<600).contains(answer.statusCode),
        !answer.allHeaderFields.isEmpty
      else { throw WebFailure(description: "the answer is not HTTP", isMomentary: true) }
      var headers: [String: String] = [:]
      for (name, value) in answer.allHeaderFields {
        headers["\(name)".lowercased()] = "\(value)"
      }
      return WebResponse(
        status: answer.statusCode,
        headers: headers,
        body: Array(data.prefix(1 << 20))
      )
    case .failure(let error)?: throw Self.failure(error)
    }
  }

  /// Makes a call; nil where it takes too long.
  ///
  /// Not by the session's own waiting calls: cancelling one while its answer arrives can block both
  /// without end. A call is not cancelled with the task that waits for it; it ends in time by
  /// itself.
  private func exchange(_ call: URLRequest, within limit: Duration) async -> Exchange? {
    await withCheckedContinuation { continuation in
      let once = Once(continuation)
      let task = session.dataTask(with: call) { data, response, error in
        if let response {
          once.resume(error.map(Result.failure) ?? .success((data ?? Data(), response)))
        } else {
          once.resume(.failure(error ?? URLError(.unknown)))
        }
      }
      task.resume()
      DispatchQueue.global().asyncAfter(deadline: .now() + limit.inSeconds) {
        if once.resume(nil) { task.cancel() }
      }
    }
  }

  private typealias Exchange = Result<(Data, URLResponse), any Error>

  /// What two may answer, of whom the first counts.
  private final class Once: Sendable {
    private let waiting: Mutex<CheckedContinuation<Exchange?, Never>?>

    init(_ continuation: CheckedContinuation<Exchange?, Never>) { waiting = Mutex(continuation) }

    /// Whether this was the first answer.
    @discardableResult
    func resume(_ value: sending Exchange?) -> Bool {
      let continuation = waiting.withLock { waiting in
        defer { waiting = nil }
        return waiting
      }
      continuation?.resume(returning: value)
      return continuation != nil
    }
  }

  private static func failure(_ error: any Error) -> WebFailure {
    guard let error = error as? URLError else {
      return WebFailure(description: "the call failed: \(type(of: error))", isMomentary: true)
    }
    let reason: String
    switch error.code {
    case .timedOut: reason = "no answer in time"
    case .cannotConnectToHost: reason = "no connection could be made"
    case .cannotFindHost, .dnsLookupFailed: reason = "the host is not known"
    case .networkConnectionLost: reason = "the connection was lost before the answer was whole"
    case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
      .serverCertificateNotYetValid, .serverCertificateHasUnknownRoot, .clientCertificateRejected:
      reason = "no secure connection could be made"
    // An answer without a head is reported as that of a protocol that is not supported.
    case .badServerResponse, .cannotParseResponse, .unsupportedURL:
      reason = "the answer is not HTTP"
    case .cancelled: reason = "the call was cancelled"
    case .badURL:
      return WebFailure(description: "the address is not valid", isMomentary: false)
    default: reason = "no whole answer came (\(error.code.rawValue))"
    }
    return WebFailure(description: reason, isMomentary: true)
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
