// SPDX-License-Identifier: Apache-2.0
package import Foundation
private import Subprocess
#if canImport(System)
private import System
#else
private import SystemPackage
#endif

/// A PostgreSQL server of one's own from the local binaries, which is thrown away.
///
/// It listens on a Unix socket in a temporary folder and on no port. As root it runs as the user
/// postgres, since PostgreSQL refuses to run as root.
package struct PrivateServer: Sendable {
  /// Where the server's socket and files are.
  package let folder: URL
  package let data: String
  private let settings: String

  package static var isAvailable: Bool {
    bindir.map { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") } ?? false
  }

  /// Where the server's programs are: `PLUMBLINE_PG_BINDIR`, else the newest that Debian has
  /// installed.
  private static var bindir: String? {
    if let named = ProcessInfo.processInfo.environment["PLUMBLINE_PG_BINDIR"] { return named }
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return versions.compactMap { Int($0) }.max().map { "\(root)/\($0)/bin" }
  }

  /// The folder for temporary files, unless a socket in it had too long a path.
  private static var temporary: String {
    let named = ProcessInfo.processInfo.environment["TMPDIR"] ?? ""
    return named.isEmpty || named.utf8.count > 60 ? "/tmp" : named
  }

  package var dsn: String { "host=\(folder.path) user=owner dbname=postgres" }

  package struct Failed: Error, CustomStringConvertible {
    let command: [String]
    let status: String
    let text: String

    package var description: String {
      "\(command.joined(separator: " ")): \(status)\n\(text)"
    }
  }

  /// Runs `body` with a server that is stopped and removed afterwards.
  ///
  /// - `settings`: Options of the server, such as `-c wal_level=replica`.
  /// - `prepare`: What is done in its folder before there is a server in it.
  package static func with<Value>(
    settings: String = "",
    prepare: (PrivateServer) async throws -> Void = { _ in },
    _ body: (PrivateServer) async throws -> Value
  ) async throws -> Value {
    let server = PrivateServer(settings: settings)
    try await server.prepare()
    do {
      try await prepare(server)
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

  /// A server that is still to be made, in a folder of its own.
  package init(settings: String) {
    folder = URL(fileURLWithPath: "\(Self.temporary)/pl-\(UUID().uuidString.prefix(8))")
    self.settings = settings
    data = folder.appendingPathComponent("data").path
  }

  /// Makes its folder.
  package func prepare() async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if getuid() == 0 { try await Self.run(["chown", "postgres", folder.path]) }
  }

  /// Starts it and waits until it answers.
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

  /// Stops it at once and removes its folder, for when the program is being ended; waits three
  /// seconds at most.
  package func kill() {
    let file = URL(fileURLWithPath: data + "/postmaster.pid")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    if let first = text.split(separator: "\n").first, let number = Int32(first) {
      // Immediate shutdown: nothing of it is kept.
      _ = Foundation.kill(number, SIGQUIT)
      for _ in 0..<30 where Foundation.kill(number, 0) == 0 { usleep(100_000) }
    }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Stops it and removes its folder.
  package func remove() async throws {
    try? await stopAtOnce()
    try await Self.run(["rm", "-rf", folder.path])
  }

  /// Runs one of the server's programs.
  package func pg(_ tool: String, _ arguments: String...) async throws {
    let command = Self.asServer([(Self.bindir ?? "") + "/" + tool] + arguments)
    try await Self.run(command, in: folder)
  }

  /// The command as the user that a server may run as: PostgreSQL refuses to run as root.
  package static func asServer(_ command: [String]) -> [String] {
    guard getuid() == 0 else { return command }
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] + command
  }

  /// Runs a command and waits for it.
  package static func run(_ command: [String], in folder: URL? = nil) async throws {
    // A server outlives its starter and would keep a pipe open: what the tools say goes to a file.
    let log = FilePath("\(temporary)/pl-\(UUID().uuidString.prefix(8)).log")
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
