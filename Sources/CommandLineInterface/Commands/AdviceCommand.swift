// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CommandLineSupport
import Reports
import Service
import Settings

struct AdviceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advice",
    abstract: "Says whether to train now, with what, and why not: for schedulers.",
    discussion: """
      Answers from what the last 'check' has stored. Exit codes: 0 nothing to do or watch, 10 \
      retrain, 11 recalibrate, 12 fix the data or the labels, 13 roll back, 20 nothing could be \
      evaluated. Of several models or versions the first of 13, 10, 11, 12 and 20 counts.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Option(help: "Only this model.") var model: String?
  @Option(help: "How to print: text or json.") var format = Format.text

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let service = AdviceService(shared.runtime(sources))
    var answers: [AdviceAnswer] = []
    for model in try shared.models(model, in: settings) {
      answers.append(try await service.answer(model))
    }
    Terminal.write(
      format == .json ? try AdviceDocument(answers).text() : answers.map(\.text).joined()
    )
    let status = AdviceStatus(answers)
    if status != .nothing { throw ExitCode(status.rawValue) }
  }
}
