// SPDX-License-Identifier: Apache-2.0
package import Foundation
private import Subprocess
#if canImport(System)
private import System
#else
private import SystemPackage
#endif

/// A PostgreSQL server of a test's own, which may be stopped and started as the test likes.
package struct PrivateServer: Sendable {
  /// Where the server's socket and files are.
  package let folder: URL
  private let data: String
  private let settings: String

  package static var isAvailable: Bool { bindir != nil }

  private static var bindir: String? {
    ProcessInfo.processInfo.environment["PLUMBLINE_PG_BINDIR"]
  }

  package var dsn: String { "host=\(folder.path) user=owner dbname=postgres" }

  package struct Failed: Error {
    let command: [String]
    let status: String
    let text: String
  }

  /// Runs `body` with a server that is stopped and removed afterwards.
  ///
  /// - `smallDisk`: Megabytes of a file system of its own at `smallDisk`, for what must run full.
  /// - `settings`: Options of the server, such as `-c wal_level=replica`.
  package static func with<Value>(
    settings: String = "",
    smallDisk: Int? = nil,
    _ body: (PrivateServer) async throws -> Value
  ) async throws -> Value {
    // A socket's path must be short.
    let folder = URL(fileURLWithPath: "/tmp/pl-\(UUID().uuidString.prefix(8))")
    let server = PrivateServer(folder: folder, settings: settings)
    try await server.prepare()
    if let smallDisk {
      try await run(["mkdir", server.smallDisk])
      try await run(["mount", "-t", "tmpfs", "-o", "size=\(smallDisk)m", "tmpfs", server.smallDisk])
      try await run(["chown", "postgres", server.smallDisk])
    }
    do {
      try await server.pg(
        "initdb",
        "-D",
        server.data,
        "-U",
        "owner",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync"
      )
      try await server.start()
      let value = try await body(server)
      try await server.remove()
      return value
    } catch {
      try? await server.remove()
      throw error
    }
  }

  /// Makes a replica of this server that follows it, and runs `body` with it.
  package func withReplica<Value>(
    settings: String = "",
    _ body: (PrivateServer) async throws -> Value
  ) async throws -> Value {
    let folder = URL(fileURLWithPath: "/tmp/pl-\(UUID().uuidString.prefix(8))")
    let replica = PrivateServer(folder: folder, settings: settings)
    try await replica.prepare()
    do {
      try await replica.pg(
        "pg_basebackup",
        "-d",
        dsn,
        "-D",
        replica.data,
        "-R",
        "-c",
        "fast",
        "--no-sync"
      )
      try await replica.start()
      let value = try await body(replica)
      try await replica.remove()
      return value
    } catch {
      try? await replica.remove()
      throw error
    }
  }

  private init(folder: URL, settings: String) {
    self.folder = folder
    self.settings = settings
    data = folder.appendingPathComponent("data").path
  }

  private func prepare() async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if getuid() == 0 { try await Self.run(["chown", "postgres", folder.path]) }
  }

  package func start() async throws {
    try await pg(
      "pg_ctl",
      "-D",
      data,
      "-s",
      "-w",
      "-t",
      "60",
      "-l",
      folder.path + "/server.log",
      "start",
      "-o",
      "-c listen_addresses='' -c unix_socket_directories='\(folder.path)' -c fsync=off "
        + "-c full_page_writes=off -c max_connections=100 -c shared_buffers=64MB \(settings)"
    )
  }

  /// Stops the server as a power cut would.
  package func stopAtOnce() async throws {
    try await pg("pg_ctl", "-D", data, "-s", "-w", "-m", "immediate", "stop")
  }

  /// Makes a replica a primary.
  package func promote() async throws { try await pg("pg_ctl", "-D", data, "-s", "-w", "promote") }

  /// Whether a file system can be made, which takes root's rights.
  package static var canMount: Bool { getuid() == 0 }

  /// A folder on a small file system, where there is one.
  package var smallDisk: String { folder.appendingPathComponent("small").path }

  private func remove() async throws {
    try? await stopAtOnce()
    if FileManager.default.fileExists(atPath: smallDisk) {
      try await Self.run(["umount", smallDisk])
    }
    try await Self.run(["rm", "-rf", folder.path])
  }

  private func pg(_ tool: String, _ arguments: String...) async throws {
    let command = Self.asServer([(Self.bindir ?? "") + "/" + tool] + arguments)
    try await Self.run(command, in: folder)
  }

  /// The command as the user that a server may run as: PostgreSQL refuses to run as root.
  static func asServer(_ command: [String]) -> [String] {
    guard getuid() == 0 else { return command }
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] + command
  }

  static func run(_ command: [String], in folder: URL? = nil) async throws {
    // A server outlives its starter and would keep a pipe open: what the tools say goes to a file.
    let log = FilePath("/tmp/pl-\(UUID().uuidString.prefix(8)).log")
    let file = try FileDescriptor.open(
      log,
      .readWrite,
      options: [.create, .truncate],
      permissions: .ownerReadWrite
    )
    defer { try? FileManager.default.removeItem(atPath: log.string) }
    let result = try await Subprocess.run(
      .path("/usr/bin/env"),
      arguments: Arguments(command),
      workingDirectory: folder.map { FilePath($0.path) },
      output: .fileDescriptor(file, closeAfterSpawningProcess: false),
      error: .fileDescriptor(file, closeAfterSpawningProcess: true)
    )
    guard result.terminationStatus == .exited(0) else {
      throw Failed(
        command: command,
        status: result.terminationStatus.description,
        text: (try? String(contentsOfFile: log.string, encoding: .utf8)) ?? ""
      )
    }
  }
}
