// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// A request that has come in.
package struct IncomingRequest: Sendable {
  /// Parts of the path, by the names that the route gives them.
  package let parts: [String: String]
  /// What `Authorization: Bearer` says.
  package let token: String?
  package let body: [UInt8]
}

/// What is answered.
package struct Answer: Sendable {
  package let status: Int
  package let type: String
  package let text: String

  package init(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") {
    self.status = status
    self.text = text
    self.type = type
  }
}

/// Something that is answered under a path.
package struct Route: Sendable {
  package enum Method: Sendable { case get, post }

  let method: Method
  let path: String
  let answer: @Sendable (IncomingRequest) async throws -> Answer

  /// - `path`: With names of parts after colons, as in `hooks/jobs/:job`.
  package init(
    _ method: Method,
    _ path: String,
    answer: @escaping @Sendable (IncomingRequest) async throws -> Answer
  ) {
    self.method = method
    self.path = path
    self.answer = answer
  }
}

/// Answers requests and keeps loops going, until the process is asked to end.
package struct WebServer: Sendable {
  private let host: String
  private let port: Int
  private let routes: [Route]
  private let loops: [@Sendable () async throws -> Void]
  private let note: @Sendable (String) -> Void

  /// Bodies beyond so many bytes are refused.
  private static let largestBody = 1 << 20

  /// - `port`: 0 for any that is free.
  /// - `loops`: What goes on beside; each is cancelled in the end.
  /// - `note`: Receives where the server listens, and what went wrong.
  package init(
    host: String,
    port: Int,
    routes: [Route],
    loops: [@Sendable () async throws -> Void],
    note: @escaping @Sendable (String) -> Void
  ) {
    self.host = host
    self.port = port
    self.routes = routes
    self.loops = loops
    self.note = note
  }

  private struct Loop: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws {
      try await cancelWhenGracefulShutdown {
        do { try await body() } catch is CancellationError {}
      }
    }
  }

  /// Runs until SIGTERM or SIGINT.
  ///
  /// - Throws: Where the port cannot be had.
  package func run() async throws {
    let router = Router()
    for route in routes {
      let method: HTTPRequest.Method = route.method == .get ? .get : .post
      router.on(RouterPath(route.path), method: method) { request, context in
        await respond(by: route, to: request, context: context)
      }
    }
    var logger = Logger(label: "plumbline")
    logger.logLevel = .error
    let note = note
    let application = Application(
      router: router,
      configuration: .init(address: .hostname(host, port: port), serverName: "plumbline"),
      services: loops.map(Loop.init),
      onServerRunning: { [host] channel in
        note("listening on http://\(host):\(channel.localAddress?.port ?? 0)")
      },
      logger: logger
    )
    try await application.runService()
  }

  private func respond(
    by route: Route,
    to request: Request,
    context: BasicRequestContext
  ) async -> Response {
    let answer: Answer
    do {
      let body = try await request.body.collect(upTo: Self.largestBody)
      var parts: [String: String] = [:]
      for (name, value) in context.parameters { parts[String(name)] = String(value) }
      let prefix = "Bearer "
      let header = request.headers[.authorization] ?? ""
      answer = try await route.answer(
        IncomingRequest(
          parts: parts,
          token: header.hasPrefix(prefix) ? String(header.dropFirst(prefix.count)) : nil,
          body: Array(body.readableBytesView)
        )
      )
    } catch is NIOTooManyBytesError {
      answer = Answer(413, "a body has at most \(Self.largestBody) bytes\n")
    } catch let error as HTTPError {
      answer = Answer(error.status.code, "\(error.status)\n")
    } catch {
      // What went wrong may name tables, so it is logged here and not sent to who asks.
      note("\(route.path): \(error)")
      answer = Answer(503, "something went wrong; the log of the server says what\n")
    }
    return Response(
      status: .init(code: answer.status),
      headers: [.contentType: answer.type],
      body: .init(byteBuffer: ByteBuffer(string: answer.text))
    )
  }
}
