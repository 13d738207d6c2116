// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Postgres
import Profiles
import Retraining
import TabularModels

/// Trains a churn model as a job asks for it: a logistic regression and boosted trees, of which the
/// better one wins.
@main
struct TrainerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plumbline-trainer",
    abstract: "Trains a model as a retraining job of plumbline asks for it.",
    discussion: """
      Reads the job as JSON on standard input, runs its query on the database, and fits a logistic regression \
      (liblinear) and boosted trees (XGBoost), to all rows and to those since what asked for training began. The \
      newest rows are held back to choose by; the winner is fitted to them too and written to --models. A \
      recalibration puts the scores of the version in use right. Answers {"version": …} on standard output.
      """
  )

  @Option(help: "Any libpq connection string, URI or service; else PLUMBLINE_DSN.") var dsn: String?
  @Option(help: "The folder of models.") var models = "models"

  func run() async throws {
    let input = FileHandle.standardInput.readDataToEndOfFile()
    let order: TrainingOrder
    do {
      order = try JSONDecoder().decode(TrainingOrder.self, from: input)
    } catch {
      throw ValidationError("standard input is not a job of plumbline: \(error)")
    }
    let folder = URL(fileURLWithPath: models)
    let task = order.task
    let answer: TrainingAnswer
    if task.remedy == .recalibrate {
      guard let map = task.map else {
        throw ValidationError("the job asks for a recalibration and has no map")
      }
      let version = "\(task.version)-r\(order.job)"
      try TrainedModel(
        version: version,
        form: .recalibrated(of: task.version),
        map: TrainedModel.Map(intercept: map.intercept, slope: map.slope)
      ).write(in: folder)
      answer = TrainingAnswer(version: version)
    } else {
      guard let query = task.query else {
        throw ValidationError("the job has no query: there are no outcomes to learn from")
      }
      let address = dsn ?? ProcessInfo.processInfo.environment["PLUMBLINE_DSN"] ?? ""
      let rows = try await TrainingRows.read(query, try await Connection.open(address))
      Self.say("\(rows.rows.count) rows from \(task.from) to \(task.to)")
      if !rows.left.isEmpty { Self.say("not used: \(rows.left.joined(separator: ", "))") }
      answer = try Contest(rows: rows, decaySince: task.decaySince, say: Self.say)
        .winner(job: order.job, folder: folder)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(answer), as: UTF8.self))
  }

  static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
