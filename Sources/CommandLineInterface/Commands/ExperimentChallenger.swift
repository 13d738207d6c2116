// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Experiments
import Foundation
import Service
import Profiles
import Reports
import Settings

struct ExperimentChallenger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "challenger",
    abstract: "Compares two versions of a model on final labels: champion against challenger.",
    discussion: """
      On the customers whom both scored in one bucket (shadow scoring) where there are enough; else \
      each on its own traffic. The verdict rests on the share of churners that a list of the \
      highest scores holds.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Option(help: "Which model; needed where there are several.") var model: String?
  @Option(help: "The version in use.") var champion: String
  @Option(help: "The version that could replace it.") var challenger: String
  @Option(help: "Predictions from this date or moment on.") var from: MomentArgument
  @Option(help: "Predictions before this date or moment; now if left out.") var to: MomentArgument?
  @Option(help: "The share of customers that a list can hold.") var capacity = 0.1
  @Option(help: "The loss of recall that would not matter.") var margin = 0.02
  @Option(help: "The worth of a saved churner, for the money where the two disagree.")
  var value: Double?
  @Option(help: "The cost of a contact.") var contact = 0.0
  @Option(help: "The share of listed churners who are saved.") var saveRate = 0.3
  @Option(help: "The currency.") var currency = ""
  @Option(help: "text or json.") var format = Format.text

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  func validate() throws {
    guard capacity > 0, capacity < 1 else {
      throw ValidationError("--capacity is a share between 0 and 1")
    }
    guard margin >= 0, margin < 1 else { throw ValidationError("--margin is a share") }
    guard (0...1).contains(saveRate) else { throw ValidationError("--save-rate is a share") }
  }

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let model = try shared.model(model, in: settings)
    let now = Instant.now()
    let report = try await VersionService(shared.runtime(sources)).compare(
      model,
      ChallengerQuestion(
        champion: champion,
        challenger: challenger,
        from: from.instant(settings.calendar),
        to: to?.instant(settings.calendar) ?? now,
        asOf: now,
        capacity: capacity,
        margin: margin
      )
    )
    let document = ChallengerDocument(
      model: report.model,
      champion: report.champion,
      challenger: report.challenger,
      range:
        "\(report.range.from.description.prefix(10)) to \(report.range.to.description.prefix(10))",
      pairs: report.pairs,
      single: report.single,
      comparison: report.comparison,
      verdict: report.verdict,
      money: value.map {
        (Prices(currency: currency, value: $0, contact: contact), saveRate)
      }
    )
    Terminal.write(format == .json ? try document.json() : document.text())
  }
}
