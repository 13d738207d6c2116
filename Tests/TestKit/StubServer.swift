// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// An HTTP server on loopback that does what a test tells it, misbehaviour included.
package final class StubServer: Sendable {
  package struct Request: Sendable {
    package let method: String
    package let path: String
    /// With names in lower case.
    package let headers: [String: String]
    package let body: String

    /// The body as JSON.
    package var json: Any? { try? JSONSerialization.jsonObject(with: Data(body.utf8)) }
  }

  package enum Reply: Sendable {
    case answer(Int, headers: [String: String] = [:], body: String = "")
    /// An answer after so many seconds.
    case slow(Double)
    /// The beginning of an answer, then the end of the connection.
    case half
    /// Bytes that are no HTTP.
    case garbage
    /// The end of the connection.
    case hangUp
  }

  package let port: UInt16
  private let socket: Int32
  private let isOpen = Mutex(true)
  private let log = Mutex<[Request]>([])
  private let reply: Mutex<@Sendable (Request) -> Reply>

  package var address: String { "http://127.0.0.1:\(port)" }
  package var requests: [Request] { log.withLock { $0 } }

  /// A server that answers by a script; it ends with its last reference to `stop`.
  package init(_ reply: @escaping @Sendable (Request) -> Reply = { _ in .answer(200) }) throws {
    self.reply = Mutex(reply)
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw Failure(what: "socket") }
    var yes: Int32 = 1
    unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = 0
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        unsafe bind(socket, raw, size) == 0 && listen(socket, 64) == 0
          && getsockname(socket, raw, &size) == 0
      }
    }
    guard bound else { throw Failure(what: "bind") }
    port = UInt16(bigEndian: address.sin_port)
    self.socket = socket
    Thread.detachNewThread { [self] in accept() }
  }

  private struct Failure: Error { let what: String }

  /// Answers otherwise from now on.
  package func answer(_ reply: @escaping @Sendable (Request) -> Reply) {
    self.reply.withLock { $0 = reply }
  }

  /// Takes no more connections.
  ///
  /// The thread that accepts closes the socket: a number that is closed under it may by then be
  /// another server's, whose connections it would take.
  package func stop() {
    isOpen.withLock { isOpen in
      if isOpen { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  private func accept() {
    defer {
      isOpen.withLock { isOpen in
        close(socket)
        isOpen = false
      }
    }
    while true {
      let connection = Glibc.accept(socket, nil, nil)
      guard connection >= 0 else { return }
      Thread.detachNewThread { [self] in
        serve(connection)
        close(connection)
      }
    }
  }

  private func serve(_ connection: Int32) {
    guard let request = read(connection) else { return }
    log.withLock { $0.append(request) }
    let script = reply.withLock { $0 }
    switch script(request) {
    case .answer(let status, let headers, let body): send(connection, status, headers, body)
    case .slow(let seconds):
      Thread.sleep(forTimeInterval: seconds)
      send(connection, 200, [:], "")
    case .half: write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    case .garbage: write(connection, "\u{1}\u{2} this is no answer \r\n\r\n")
    case .hangUp: return
    }
  }

  private func send(
    _ connection: Int32,
    _ status: Int,
    _ headers: [String: String],
    _ body: String
  ) {
    var text =
      "HTTP/1.1 \(status) Status\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    write(connection, text + "\r\n" + body)
  }

  private func write(_ connection: Int32, _ text: String) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes[sent...].withUnsafeBytes { part in
        unsafe Glibc.send(connection, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  private func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let request = Self.parse(bytes) { return request }
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe recv(connection, buffer.baseAddress, buffer.count, 0)
      }
      guard count > 0 else { return nil }
      bytes += chunk[..<count]
    }
  }

  /// The request, where it is whole.
  private static func parse(_ bytes: [UInt8]) -> Request? {
    let end = Array("\r\n\r\n".utf8)
    guard let head = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else {
      return nil
    }
    let lines = String(decoding: bytes[..<head], as: UTF8.self).components(separatedBy: "\r\n")
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count >= 2 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    let body = bytes[(head + 4)...]
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    guard body.count >= length else { return nil }
    return Request(
      method: String(words[0]),
      path: String(words[1]),
      headers: headers,
      body: String(decoding: body.prefix(length), as: UTF8.self)
    )
  }
}
