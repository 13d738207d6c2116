// SPDX-License-Identifier: Apache-2.0
package import Alerting
package import Foundation
import Logging
import Postgres
package import Profiles
import Reports
package import Service
package import Settings
import Store
import Integrations
import WebServer

/// The long-running service: checks models, dispatches notifications, works on jobs, answers over
/// HTTP.
///
/// Any number may run beside one another; what one does the others see.
package struct Server: Sendable {
  private let runtime: Runtime
  private let settings: Settings
  private let rules: [Rule]
  private let options: Options

  /// How a server runs.
  package struct Options: Sendable {
    /// Where commands of trainers run.
    package var folder: URL
    /// A direct connection, on which jobs are announced.
    package var listenDSN: String
    /// From one check of a model to the next.
    package var every: FixedDuration
    /// What a caller who asks for jobs must know; nil where nobody may.
    package var token: String?

    package init(folder: URL, listenDSN: String, every: FixedDuration, token: String?) {
      self.folder = folder
      self.listenDSN = listenDSN
      self.every = every
      self.token = token
    }
  }

  package init(
    _ runtime: Runtime,
    _ settings: Settings,
    rules: [Rule],
    options: Options
  ) {
    self.runtime = runtime
    self.settings = settings
    self.rules = rules
    self.options = options
  }

  /// Runs until stopped.
  package func run(host: String, port: Int) async throws {
    var loops: [@Sendable () async throws -> Void] = [check]
    if !settings.alerting.channels.isEmpty { loops.append(notify) }
    // A model has one job at a time, and a long one must not keep others waiting.
    let trained = settings.models.count { $0.retraining != nil }
    for _ in 0..<min(trained, Self.mostWorkers) { loops.append(work) }
    try await WebServer(host: host, port: port, routes: routes, loops: loops) {
      [log = runtime.log] in log.notice("\($0)")
    }.run()
  }

  private static let mostWorkers = 4

  // MARK: Loops

  /// How often models are asked whether they are due.
  private static let poll = Duration.seconds(5)

  private func check() async throws {
    let service = CheckService(runtime, rules: rules, alerting: settings.alerting)
    var tried: [String: Instant] = [:]
    while true {
      for model in settings.models {
        let name = model.name
        let log = runtime.log(of: name)
        do {
          let last = try await runtime.lastCheck(model)
          // Another one may have checked meanwhile; what failed is not tried again at once.
          let newest = [last, tried[name]].compactMap(\.self).max() ?? .distantPast
          guard newest.advanced(by: options.every) <= runtime.clock() else { continue }
          let now = runtime.clock()
          tried[name] = now
          let reports = try await service.check(model, asOf: now, now: now)
          let firing = reports.flatMap(\.alerts).count { $0.state == .firing }
          log.info("checked, \(firing) alerts fire")
        } catch is ModelLocked {
          continue
        } catch let error where !(error is CancellationError) {
          log.error("\(error)")
        }
      }
      try await Task.sleep(for: Self.poll)
    }
  }

  private func notify() async throws {
    let dispatcher = NotificationDispatcher(runtime, settings)
    while true {
      do {
        for (channel, error) in try await dispatcher.pass().errors.sorted(by: { $0.key < $1.key }) {
          runtime.log.warning("\(error)", metadata: ["channel": "\(channel)"])
        }
      } catch let error where !(error is CancellationError) {
        runtime.log.error("\(error)")
      }
      try await Task.sleep(for: .microseconds(settings.alerting.interval.microseconds))
    }
  }

  private func work() async throws {
    let worker = JobWorker(runtime, settings, folder: options.folder)
    let listener = JobListener(options.listenDSN)
    while true {
      do {
        while let outcome = try await worker.workOnce() {
          runtime.log.notice("\(outcome)", metadata: ["job": "\(outcome.job)"])
        }
      } catch let error where !(error is CancellationError) {
        runtime.log.error("\(error)")
      }
      try await listener.wait(seconds: 5)
    }
  }

  // MARK: Routes

  private var routes: [Route] {
    [
      Route(.get, "healthz") { _ in Answer(200, "ok\n") },
      Route(.get, "readyz") { _ in
        _ = try await runtime.openMigrated()
        return Answer(200, "ready\n")
      },
      Route(.get, "metrics") { _ in
        Answer(
          200,
          try await MetricsService(runtime).metrics(settings),
          type: "text/plain; version=0.0.4; charset=utf-8"
        )
      },
      Route(.post, "hooks/jobs/:job/:token") {
        try await TrainerHook(runtime, settings).answer($0)
      },
      Route(.post, "hooks/alertmanager") { request in
        guard let token = options.token else {
          return Answer(403, "start the server with PLUMBLINE_TOKEN to let others ask for jobs\n")
        }
        guard let given = request.token, KeyedHash.isSame(given, token) else {
          return Answer(401, "expected 'Authorization: Bearer' with the token of the server\n")
        }
        return try await AlertmanagerHook(runtime, settings).answer(request)
      },
    ]
  }
}

extension Runtime {
  /// Returns the moment as of which a model was last checked; nil before its first check.
  fileprivate func lastCheck(_ model: ModelSettings) async throws -> Instant? {
    try await FindingStore(try await open()).lastCheck(model.name)
  }
}
