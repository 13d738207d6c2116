// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Service
import Profiles
import Reports
import Settings

struct NoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note",
    abstract: "Records events, such as a price change or an outage, on the time axis of a model.",
    subcommands: [Add.self, List.self]
  )

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Records an event; reports show it beside the windows."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model; else all of the configuration.") var model: String?
    @Option(help: "When it happened or began; now if left out.") var at: MomentArgument?
    @Option(help: "When it was over, where it lasted.") var until: MomentArgument?
    @Option(help: "Who says so.") var author: String
    @Argument(help: "What happened.") var text: String

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      let from = at?.instant(settings.calendar) ?? Instant.now()
      let until = until?.instant(settings.calendar)
      if let until, until < from { throw ValidationError("--until is before --at") }
      guard text.contains(where: { !$0.isWhitespace }) else {
        throw ValidationError("say what happened")
      }
      let event = Note(from: from, until: until, text: text, author: author)
      for model in try shared.models(model, in: settings) {
        try await EventService(shared.runtime(sources)).add(model, event)
        Terminal.log("recorded for \(model.name) at \(from)")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists events, oldest first.")

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?
    @Option(help: "From this date or moment on.") var from: MomentArgument?
    @Option(help: "Up to this date or moment, not included.") var to: MomentArgument?

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      let from = from?.instant(settings.calendar) ?? .distantPast
      let to = to?.instant(settings.calendar) ?? .distantFuture
      guard let range = TimeRange(from: from, to: to) else {
        throw ValidationError("--to is before --from")
      }
      for model in try shared.models(model, in: settings) {
        Terminal.write(Terminal.style.bold(model.name) + "\n")
        for event in try await EventService(shared.runtime(sources)).events(model, range) {
          let end = event.until.map { " to \($0)" } ?? ""
          Terminal.write("  \(event.from)\(end)  \(event.text) (\(event.author))\n")
        }
      }
    }
  }
}
