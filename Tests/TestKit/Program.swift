// SPDX-License-Identifier: Apache-2.0
package import Foundation
private import Subprocess
#if canImport(System)
private import System
#else
private import SystemPackage
#endif

/// The program as a user or a scheduler calls it.
package struct Program: Sendable {
  package struct Outcome: Sendable {
    package let status: Int32
    /// Whether a signal ended it.
    package let wasKilled: Bool
    package let output: String
    package let errors: String
  }

  /// Where a program is that is built with the tests.
  package static func path(_ name: String) -> String {
    Golden.root.appendingPathComponent(".build/release/\(name)").path
  }

  private let binary: URL
  private let folder: URL
  private let dsn: String

  /// The program in a folder, on a database.
  ///
  /// - `name`: The program's; another one that is built with it.
  package init(_ name: String = "plumbline", in folder: URL, dsn: String) {
    self.init(at: URL(fileURLWithPath: Self.path(name)), in: folder, dsn: dsn)
  }

  /// A program that lies somewhere else.
  package init(at binary: URL, in folder: URL, dsn: String) {
    self.binary = binary
    self.folder = folder
    self.dsn = dsn
  }

  /// Runs the program and waits for it without holding a thread.
  ///
  /// - `input`: What it reads on standard input.
  package func run(
    _ arguments: [String],
    environment: [String: String] = [:],
    input: String = ""
  ) async throws -> Outcome {
    // Failpoints are in a program of their own: the one that is shipped has none.
    let isHalted = environment["PLUMBLINE_FAILPOINT"] != nil
    let binary = isHalted ? URL(fileURLWithPath: Self.path("plumbline-failpoints")) : binary
    let changes = environment.merging(["PLUMBLINE_DSN": dsn]) { own, _ in own }
    let result = try await Subprocess.run(
      .path(FilePath(binary.path)),
      arguments: Arguments(arguments),
      environment: .inherit.updating(
        Dictionary(
          uniqueKeysWithValues: changes.compactMap { key, value in
            Environment.Key(rawValue: key).map { ($0, value) }
          }
        )
      ),
      workingDirectory: FilePath(folder.path),
      input: .string(input),
      output: .string(limit: 64 << 20),
      error: .string(limit: 1 << 20)
    )
    var (status, wasKilled): (Int32, Bool)
    switch result.terminationStatus {
    case .exited(let code): (status, wasKilled) = (code, false)
    case .signaled(let signal): (status, wasKilled) = (signal, true)
    }
    return Outcome(
      status: status,
      wasKilled: wasKilled,
      output: result.standardOutput,
      errors: result.standardError
    )
  }

  /// Runs `body` with an empty folder that is removed afterwards.
  package static func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("plumbline-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    do {
      let value = try await body(folder)
      try FileManager.default.removeItem(at: folder)
      return value
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
  }
}
