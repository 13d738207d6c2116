// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Checks
import Foundation
import Profiles
import Reports
import Service
import Settings

struct ReferenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference",
    abstract: "Shows or pins the rows that others are compared with.",
    subcommands: [Show.self, Set.self, Accept.self],
    defaultSubcommand: Show.self
  )

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Shows the reference and the bins made from it."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?
    @Option(help: "How to print: text, or json with every edge.") var format = Format.text

    func run() async throws {
      let settings = try shared.settings()
      let service = ReferenceService(shared.runtime())
      for model in try shared.models(model, in: settings) {
        let state = try await service.state(model)
        guard let stored = state.stored else {
          throw NeverChecked(model.name)
        }
        if format == .json {
          let encoder = JSONEncoder()
          encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
          Terminal.write(
            String(decoding: try encoder.encode(stored.binning), as: UTF8.self) + "\n"
          )
        } else {
          describe(model, state, bins: stored)
        }
      }
    }

    private func describe(
      _ model: ModelSettings,
      _ state: ReferenceService.State,
      bins stored: StoredBinning
    ) {
      var lines = [Terminal.style.bold(model.name)]
      if let choice = state.choice {
        lines.append("  pinned \(choice.range) by \(choice.author): \(choice.reason)")
      } else {
        switch model.reference {
        case .ranges(let ranges): lines += ranges.map { "  configured \($0.range)" }
        case .trailing(let days): lines.append("  configured: the \(days) days before each window")
        case .samePeriodLastYear: lines.append("  configured: the same period of last year")
        case .training(let source):
          lines.append("  configured: the training rows of \(source.table)")
        }
        if let base = stored.base { lines.append("  bins and performance by \(base)") }
      }
      lines.append(
        "  bins #\(stored.number) from \(NumberText.grouped(stored.referenceRows)) rows, made "
          + "\(stored.createdAt) (\(stored.reason))"
      )
      lines.append("  buckets closed from \(stored.profiledFrom) to \(stored.profiledUntil)")
      for feature in stored.binning.features {
        lines.append("  \(feature.name): \(Self.text(feature.kind))")
      }
      Terminal.write(lines.joined(separator: "\n") + "\n")
    }

    private static func text(_ kind: FeatureKind) -> String {
      switch kind {
      case .numeric(let binning):
        guard let first = binning.edges.first, let last = binning.edges.last else {
          return "numeric, no value in the reference"
        }
        return "numeric, \(NumberText.text(first)) to \(NumberText.text(last)), "
          + "\(binning.innerBinCount) bins in \(binning.groupCount) groups"
      case .category(let binning):
        let rare = binning.rareLevels.isEmpty ? "" : ", \(binning.rareLevels.count) rare ones"
        return "category, \(binning.levels.count) levels\(rare)"
      case .identifier(let binning): return "identifier: \(binning.reason)"
      }
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Pins a reference; the next check makes its bins and profiles again."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "The model; may be left out when there is one.") var model: String?
    @Option(help: "The reference's start.") var from: MomentArgument
    @Option(help: "The reference's end, not included.") var to: MomentArgument
    @Option(help: "Who decides this.") var author: String
    @Option(help: "Why.") var reason: String

    func run() async throws {
      let settings = try shared.settings()
      let model = try shared.model(model, in: settings)
      let calendar = settings.calendar
      let (from, to) = (from.instant(calendar), to.instant(calendar))
      guard from < to, let range = TimeRange(from: from, to: to) else {
        throw ValidationError("the reference ends before it begins")
      }
      let service = ReferenceService(shared.runtime())
      try await service.set(model, range, author: author, reason: reason)
      Terminal.log("the reference of \(model.name) is \(range) from the next check on")
      if let note = service.immaturity(of: range, model, now: .now()) { Terminal.log(note) }
    }
  }

  struct Accept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Accepts the present as the new normal: pins the newest window as the reference.",
      discussion: """
        Use it when a change is real and here to stay. Performance is evaluated again when the labels \
        of the new reference are final.
        """
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "The model; may be left out when there is one.") var model: String?
    @Option(help: "The window, such as 28d or 1mo; else the longest of the configuration.")
    var window: String?
    @Option(help: "Who decides this.") var author: String
    @Option(help: "Why.") var reason: String

    func run() async throws {
      let settings = try shared.settings()
      let model = try shared.model(model, in: settings)
      var kind: WindowSpec?
      if let window {
        guard let given = WindowSpec(window) else {
          throw ValidationError("--window takes a window such as 7d, 28d, 1w or 1mo")
        }
        kind = given
      }
      let service = ReferenceService(shared.runtime())
      let range = try await service.accept(
        model,
        kind,
        author: author,
        reason: reason
      )
      Terminal.log("the reference of \(model.name) is \(range) from the next check on")
      if let note = service.immaturity(of: range, model, now: .now()) { Terminal.log(note) }
    }
  }
}
