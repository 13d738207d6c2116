// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Postgres

/// A database of its own for a test, on the server that `bin/test` starts.
package enum ScratchDatabase {
  /// The server's connection string.
  package static var serverDSN: String? {
    ProcessInfo.processInfo.environment["PLUMBLINE_DSN"].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The folder of the server, which goes with it.
  package static var folder: URL {
    let host = (serverDSN ?? "").split(separator: " ").first { $0.hasPrefix("host=/") }
    return host.map { URL(fileURLWithPath: String($0.dropFirst(5))) }
      ?? FileManager.default.temporaryDirectory
  }

  /// Whether there is a server; `bin/test` always has one.
  package static var isAvailable: Bool { serverDSN != nil }

  package static let reason: String = "needs PostgreSQL: run bin/test, which starts one"

  /// Runs `body` with a connection to a new database and its connection string.
  package static func with<Value>(
    _ body: (Connection, String) async throws -> Value
  ) async throws -> Value {
    let server = try await Connection.open(serverDSN ?? "")
    let name = "t_" + UUID().uuidString.replacing("-", with: "").lowercased()
    try await server.execute("create database \(name)", name: "create_database")
    let dsn = "\(serverDSN ?? "") dbname=\(name)"
    do {
      let connection = try await Connection.open(dsn)
      let value = try await body(connection, dsn)
      try await server.execute("drop database \(name) with (force)", name: "drop_database")
      return value
    } catch {
      _ = try? await server.execute("drop database \(name) with (force)", name: "drop_database")
      throw error
    }
  }
}

/// Real logs that are not part of the repository.
package enum SharedData {
  package static var folder: URL {
    if let path = ProcessInfo.processInfo.environment["PLUMBLINE_SHARED_DATA"] {
      return URL(fileURLWithPath: path)
    }
    return Golden.root.deletingLastPathComponent().appendingPathComponent("shared/data")
  }

  package static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  package static let reason: String =
    "the real logs are not here: PLUMBLINE_SHARED_DATA names their folder"

  /// Unpacks a gzipped CSV.
  package static func text(_ name: String) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", folder.appendingPathComponent(name).path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return data
  }
}

/// A text as the source of a `COPY … FROM STDIN`.
package struct TextSource: CopySource {
  private var pieces: [[UInt8]]

  package init(_ data: some Sequence<UInt8>) { pieces = [Array(data)] }

  package mutating func next() throws -> [UInt8]? {
    pieces.isEmpty ? nil : pieces.removeFirst()
  }
}
