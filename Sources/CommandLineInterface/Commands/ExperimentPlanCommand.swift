// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Checks
import Experiments
import Foundation
import Profiles
import Service
import Settings
import Synchronization

struct ExperimentPlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract:
      "Says how many customers a campaign takes and how long they take to come, and draws its arms.",
    discussion: """
      With 'candidates' configured it counts them, says which effect they would show at least, and \
      can draw the arms by the shares of 'split', within each tier to the customer. The same seed \
      draws the same.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Argument(help: "The campaign's name.") var name: String
  @Option(help: "What happens without the campaign: a share such as 0.12, or a mean.")
  var baseline: Double?
  @Option(
    help: "The smallest effect that matters, as a difference; else 'effect' of the configuration."
  )
  var effect: Double?
  @Option(help: "The standard deviation of an amount.") var deviation: Double?
  @Option(help: "The chance to see that effect.") var power = 0.8
  @Option(help: "The correlation of the outcome with 'covariate'.") var correlation = 0.0
  @Option(help: "The share of the treated who can be reached.") var reach = 1.0
  @Option(help: "Draw the arms into this CSV file.") var draw: String?
  @Option(help: "Draw the arms into this new table of yours.") var into: String?
  @Option(help: "What decides the draw; the campaign's name if left out.") var seed: String?

  func validate() throws {
    guard power > 0.05, power < 1 else {
      throw ValidationError("--power lies between 0.05 and 1")
    }
    guard correlation > -1, correlation < 1 else {
      throw ValidationError("--correlation lies between -1 and 1")
    }
    guard reach > 0, reach <= 1 else { throw ValidationError("--reach is a share above 0") }
    guard draw == nil || into == nil else {
      throw ValidationError("give --draw or --into, not both")
    }
  }

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let experiment = try settings.experiment(name, in: shared.config)
    let service = CampaignService(shared.runtime(sources))
    let isDrawing = draw != nil || into != nil
    if !isDrawing || baseline != nil {
      let plan = try await service.plan(
        experiment,
        PlanQuestion(
          baseline: baseline,
          effect: effect,
          deviation: deviation,
          power: power,
          correlation: correlation,
          reach: reach
        )
      )
      Terminal.write(Self.text(plan))
    }
    let seed = seed ?? name
    if let draw {
      guard FileManager.default.createFile(atPath: draw, contents: nil),
        let file = FileHandle(forWritingAtPath: draw)
      else { throw ValidationError("\(draw) cannot be written") }
      let lines = Mutex(0)
      try await service.draw(experiment, seed: seed) { bytes in
        lines.withLock { $0 += 1 }
        try file.write(contentsOf: bytes)
      }
      try file.close()
      let drawn = max(0, lines.withLock { $0 } - 1)
      Terminal.log(
        "drew \(NumberText.grouped(drawn)) customers with the seed '\(seed)' into \(draw)"
      )
    }
    if let into {
      let drawn = try await service.draw(experiment, seed: seed, into: into)
      Terminal.log(
        "drew \(NumberText.grouped(drawn)) customers with the seed '\(seed)' into \(into)"
      )
    }
  }

  private static func text(_ plan: CampaignPlan) -> String {
    func short(_ number: Double) -> String { String(format: "%.4g", number) }
    func value(_ number: Double) -> String {
      plan.isEvent ? short(100 * number) + " points" : short(number)
    }
    let baseline = plan.isEvent ? short(100 * plan.baseline) + " %" : short(plan.baseline)
    var lines = [
      "\(plan.experiment): a change of \(plan.metric) by \(value(plan.effect)) from \(baseline), "
        + "seen with a chance of \(short(100 * plan.power)) % at a two-sided 5 %"
    ]
    if let customers = plan.customers {
      let arms = plan.shares.map {
        "\($0.arm) \(NumberText.grouped(Int((Double(customers) * $0.share).rounded(.up))))"
      }
      lines.append(
        "  takes \(NumberText.grouped(customers)) customers: \(arms.joined(separator: ", "))"
      )
    } else {
      lines.append("  no number of customers is enough: the effect does not fit the baseline")
    }
    if plan.looks > 1 {
      lines.append(
        "  \(plan.looks) planned reviews cost \(short(100 * (plan.inflation - 1))) % more customers"
      )
    }
    if !plan.candidates.isEmpty {
      let all = plan.candidates.reduce(0) { $0 + $1.customers }
      let tiers = plan.candidates.filter { !$0.tier.isEmpty }.map {
        "\($0.tier) \(NumberText.grouped($0.customers))"
      }
      // A few could be computed from the whole.
      let areShown = plan.candidates.allSatisfy { $0.customers >= 10 }
      lines.append(
        "  there are \(NumberText.grouped(all)) candidates"
          + (tiers.isEmpty || !areShown ? "" : ": \(tiers.joined(separator: ", "))")
      )
      if let smallest = plan.smallest {
        lines.append("  they would show a change of \(value(smallest)) or more")
      }
      switch plan.days {
      case 0?: lines.append("  there are enough of them today")
      case let days?: lines.append("  at the inflow of the last 28 days enough in \(days) days")
      case nil where plan.customers == nil: break
      case nil:
        lines.append(
          "  how long it takes is not known: give 'time' of 'candidates', or nobody came in 28 days"
        )
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
