// SPDX-License-Identifier: Apache-2.0
import Alerting
import Foundation
import Integrations
import Settings
import TestKit
import Testing

/// What every notifier promises, whomever it notifies.
@Suite struct NotifierContract {
  /// The notifiers that there are, as channels name them.
  enum Kind: String, CaseIterable {
    case alertmanager, webhook, slack, log

    /// The kind of a channel; one that is new does not compile until it stands here.
    init(_ kind: ChannelSettings.Kind) {
      switch kind {
      case .alertmanager: self = .alertmanager
      case .webhook: self = .webhook
      case .slack: self = .slack
      case .log: self = .log
      }
    }

    /// Those that a receiver answers.
    static let answered = allCases.filter { $0 != .log }
  }

  // Inlined into a caller, its existential makes the optimizer of Swift 6.3.1 fail.
  @inline(never)
  private func notifier(_ kind: Kind, _ place: String) throws -> any Notifier {
    kind == .log
      ? try NotifierTests.notifier("log: '\(place)'")
      : try NotifierTests.notifier("\(kind.rawValue): { env: ADDRESS }", ["ADDRESS": place])
  }

  private func notify(_ notifier: any Notifier) async throws -> DeliveryOutcome {
    await notifier.notify(try NotifierTests.notice(), now: try NotifierTests.now())
  }

  /// What comes of one call whose receiver replies so, which is made once.
  private func outcome(_ kind: Kind, of reply: StubServer.Reply) async throws -> DeliveryOutcome {
    let server = try StubServer { _ in reply }
    defer { server.stop() }
    let outcome = try await notify(try notifier(kind, server.address))
    #expect(server.requests.count == 1)
    return outcome
  }

  @Test(arguments: Kind.allCases)
  func `a beginning and an end are delivered, each as one message`(_ kind: Kind) async throws {
    #expect(Kind(try NotifierTests.channel("\(kind.rawValue): 'https://x.example/y'").kind) == kind)
    let server = try StubServer()
    defer { server.stop() }
    try await Program.withFolder { folder in
      let file = folder.appendingPathComponent("alerts.log")
      let notifier = try notifier(kind, kind == .log ? file.path : server.address)
      for status in [AlertNotice.Status.firing, .resolved] {
        let notice = try NotifierTests.notice(status)
        let outcome = await notifier.notify(notice, now: try NotifierTests.now())
        #expect(outcome == .delivered(kind == .log ? "written" : "HTTP 200"))
      }
      let messages =
        kind == .log
        ? try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        : server.requests.map(\.body)
      #expect(messages.count == 2)
      for message in messages {
        #expect(message.contains("FeatureDrift") && message.contains("churn"), "\(message)")
        _ = try JSONSerialization.jsonObject(with: Data(message.utf8))
      }
      for request in server.requests {
        #expect(request.method == "POST")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["user-agent"] == "plumbline")
      }
    }
  }

  @Test(arguments: Kind.answered, [200, 202, 204])
  func `an answer in the two hundreds is a delivery`(_ kind: Kind, _ status: Int) async throws {
    #expect(try await outcome(kind, of: .answer(status)) == .delivered("HTTP \(status)"))
  }

  @Test(arguments: Kind.answered, [400, 401, 403, 404, 409, 410, 413, 422])
  func `what is wrong with a message is not sent again`(_ kind: Kind, _ status: Int) async throws {
    #expect(try await outcome(kind, of: .answer(status)) == .refused("HTTP \(status)"))
    #expect(
      try await outcome(kind, of: .answer(status, body: "no\nthanks"))
        == .refused("HTTP \(status): no thanks")
    )
  }

  @Test(arguments: Kind.answered)
  func `a redirect is not followed, where a POST would become a GET that says 200`(
    _ kind: Kind
  ) async throws {
    let server = try StubServer()
    defer { server.stop() }
    server.answer { [address = server.address] request in
      request.path.hasPrefix("/elsewhere")
        ? .answer(200) : .answer(302, headers: ["Location": address + "/elsewhere"])
    }
    #expect(try await notify(try notifier(kind, server.address)) == .refused("HTTP 302"))
    #expect(server.requests.count == 1)
  }

  @Test(arguments: Kind.answered, [408, 425, 429, 500, 502, 503, 504])
  func `what may pass is sent again, not before the receiver wants it`(
    _ kind: Kind,
    _ status: Int
  ) async throws {
    #expect(try await outcome(kind, of: .answer(status)) == .retry("HTTP \(status)", after: nil))
    #expect(
      try await outcome(
        kind,
        of: .answer(status, headers: ["Retry-After": "7"], body: "slow down")
      ) == .retry("HTTP \(status): slow down", after: .seconds(7))
    )
  }

  @Test(arguments: Kind.answered, [StubServer.Reply.half, .garbage, .hangUp, .slow(3)])
  func `an answer that is late, not whole or no HTTP is no delivery`(
    _ kind: Kind,
    _ reply: StubServer.Reply
  ) async throws {
    expectRetry(try await outcome(kind, of: reply))
  }

  @Test(arguments: Kind.answered)
  func `broken TLS and a port where nobody listens are tried again`(_ kind: Kind) async throws {
    let server = try StubServer()
    expectRetry(try await notify(try notifier(kind, "https://127.0.0.1:\(server.port)/x")))
    server.stop()
    expectRetry(try await notify(try notifier(kind, server.address)))
  }

  @Test func `a file that cannot be made may be made later`() async throws {
    try await Program.withFolder { folder in
      expectRetry(try await notify(try notifier(.log, "\(folder.path)/no/such/folder/x")))
    }
  }

  @Test(arguments: Kind.answered)
  func `without its variable there is no channel`(_ kind: Kind) {
    #expect(throws: Secret.Unset.self) {
      try NotifierTests.notifier("\(kind.rawValue): { env: NOT_SET }")
    }
  }

  private func expectRetry(
    _ outcome: DeliveryOutcome,
    at location: SourceLocation = #_sourceLocation
  ) {
    guard case .retry(let message, let after) = outcome else {
      Issue.record("it may pass, and is no delivery: \(outcome)", sourceLocation: location)
      return
    }
    #expect(after == nil, sourceLocation: location)
    #expect(
      !message.contains("127.0.0.1"),
      "addresses may hold secrets: \(message)",
      sourceLocation: location
    )
  }
}
