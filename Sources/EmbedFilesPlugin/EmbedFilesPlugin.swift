// SPDX-License-Identifier: Apache-2.0
import Foundation
import PackagePlugin

/// Embeds text files of the package in the module that needs them.
///
/// Which module gets which files: `SourceTables` and `Store` their SQL, `Reports` its templates,
/// `Service` the default rules, `OperatorTables` the simulated operator's tables.
@main
struct EmbedFilesPlugin: BuildToolPlugin {
  private static let rooms: [String: (type: String, folder: String, endings: [String])] = [
    "SourceTables": ("SourceSQL", "sql/source", ["sql"]),
    "Store": ("SQL", "sql/store", ["sql"]),
    "Reports": ("Template", "Sources/Reports/Templates", ["mustache", "css", "js"]),
    "Service": ("DefaultRules", "alerts", ["yaml"]),
    "OperatorTables": ("OperatorSQL", "Sources/OperatorTables/SQL", ["sql"]),
  ]

  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let room = Self.rooms[target.name] else { return [] }
    let folder = context.package.directoryURL.appending(path: room.folder)
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let inputs = (files?.compactMap { $0 as? URL } ?? [])
      .filter { room.endings.contains($0.pathExtension) && !$0.path.contains(".test.") }
      .sorted { $0.path < $1.path }
    let output = context.pluginWorkDirectoryURL.appending(path: "\(room.type).swift")
    return [
      .buildCommand(
        displayName: "Embedding \(inputs.count) files of \(room.folder)",
        executable: try context.tool(named: "EmbedFiles").url,
        arguments: [room.type, output.path] + inputs.map(\.path),
        inputFiles: inputs,
        outputFiles: [output]
      )
    ]
  }
}
