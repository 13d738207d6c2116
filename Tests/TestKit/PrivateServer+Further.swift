// SPDX-License-Identifier: Apache-2.0
import Foundation
package import LocalServer

/// What tests do to a server.
extension PrivateServer {
  /// Runs `body` with a server that has a small file system at `smallDisk`, for what must run full.
  ///
  /// - `smallDisk`: Its megabytes.
  package static func with<Value>(
    smallDisk: Int,
    _ body: (PrivateServer) async throws -> Value
  ) async throws -> Value {
    var mounted: PrivateServer?
    do {
      let value = try await with { server in
        try await run(["mkdir", server.smallDisk])
        try await run([
          "mount", "-t", "tmpfs", "-o", "size=\(smallDisk)m", "tmpfs", server.smallDisk,
        ])
        try await run(["chown", "postgres", server.smallDisk])
        mounted = server
      } _: { server in
        let value = try await body(server)
        try await server.unmount()
        return value
      }
      return value
    } catch {
      try? await mounted?.unmount()
      throw error
    }
  }

  /// The server must let go of the disk before.
  private func unmount() async throws {
    guard FileManager.default.fileExists(atPath: smallDisk) else { return }
    try? await stopAtOnce()
    try await Self.run(["umount", smallDisk])
  }

  /// Makes a replica of this server that follows it, and runs `body` with it.
  package func withReplica<Value>(
    settings: String = "",
    _ body: (PrivateServer) async throws -> Value
  ) async throws -> Value {
    let replica = PrivateServer(settings: settings)
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

  /// Makes a replica a primary.
  package func promote() async throws { try await pg("pg_ctl", "-D", data, "-s", "-w", "promote") }

  /// Whether a file system can be made, which takes root's rights.
  package static var canMount: Bool { getuid() == 0 }

  /// A folder on a small file system, where there is one.
  package var smallDisk: String { folder.appendingPathComponent("small").path }
}
