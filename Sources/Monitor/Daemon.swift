// SPDX-License-Identifier: Apache-2.0
package import Foundation
import Postgres
package import Profiles
import Reports
package import Settings
import Store
import WebCalls
import WebServer
import YAMLSource

/// Everything at once and for ever: checks, tells, works on jobs, and answers over HTTP.
///
/// Any number may run beside one another; what one does the others see.
package struct Daemon: Sendable {
  private let monitor: Monitor
  private let settings: Settings
  private let folder: URL
  private let listenDSN: String
  private let every: FixedDuration
  private let token: String?
  private let environment: [String: String]
  private let note: @Sendable (String) -> Void

  /// - `folder`: Where commands run.
  /// - `listenDSN`: A direct connection, to be told of jobs.
  /// - `every`: From one check of a model to the next.
  /// - `token`: What who asks for jobs must know; nil where nobody may.
  /// - `note`: Told what happens.
  package init(
    _ monitor: Monitor,
    _ settings: Settings,
    folder: URL,
    listenDSN: String,
    every: FixedDuration,
    token: String?,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    note: @escaping @Sendable (String) -> Void
  ) {
    self.monitor = monitor
    self.settings = settings
    self.folder = folder
    self.listenDSN = listenDSN
    self.every = every
    self.token = token
    self.environment = environment
    self.note = note
  }

  /// Goes on until the process is told to end.
  package func run(host: String, port: Int) async throws {
    var loops: [@Sendable () async throws -> Void] = [check]
    if !settings.alerting.channels.isEmpty { loops.append(deliver) }
    // A model has one job at a time, and a long one must not keep others waiting.
    let trained = settings.models.count { $0.retraining != nil }
    for _ in 0..<min(trained, Self.mostWorkers) { loops.append(work) }
    try await WebServer(host: host, port: port, routes: routes, loops: loops, note: note).run()
  }

  private static let mostWorkers = 4

  // MARK: Loops

  /// Looks so often which model is due.
  private static let look = Duration.seconds(5)

  private func check() async throws {
    var tried: [String: Instant] = [:]
    while true {
      for model in settings.models {
        let name = model.name.value
        do {
          let last = try await monitor.lastCheck(model)
          // Another one may have checked meanwhile; what failed is not tried again at once.
          let newest = [last, tried[name]].compactMap(\.self).max() ?? .distantPast
          guard newest.advanced(by: every) <= .now() else { continue }
          let now = Instant.now()
          tried[name] = now
          let reports = try await monitor.check(model, asOf: now, now: now)
          let firing = reports.flatMap(\.alerts).count { $0.state == "firing" }
          note("\(name): checked, \(firing) alerts fire")
        } catch is Monitor.Busy {
          continue
        } catch let error where !(error is CancellationError) {
          note("\(name): \(error)")
        }
      }
      try await Task.sleep(for: Self.look)
    }
  }

  private func deliver() async throws {
    let deliverer = Deliverer(monitor, settings)
    while true {
      do {
        for (channel, error) in try await deliverer.pass().errors.sorted(by: { $0.key < $1.key }) {
          note("\(channel): \(error)")
        }
      } catch let error where !(error is CancellationError) {
        note("\(error)")
      }
      try await Task.sleep(for: .microseconds(settings.alerting.interval.microseconds))
    }
  }

  private func work() async throws {
    let worker = JobWorker(monitor, settings, folder: folder, environment: environment)
    let bell = JobBell(listenDSN)
    while true {
      do {
        while let words = try await worker.workOnce() { note(words) }
      } catch let error where !(error is CancellationError) {
        note("\(error)")
      }
      try await bell.wait(seconds: 5)
    }
  }

  // MARK: Routes

  private var routes: [Route] {
    [
      Route(.get, "healthz") { _ in Answer(200, "ok\n") },
      Route(.get, "readyz") { _ in
        try await monitor.requireSchema(try await monitor.open())
        return Answer(200, "ready\n")
      },
      Route(.get, "metrics") { _ in
        Answer(
          200,
          try await monitor.metrics(settings),
          type: "text/plain; version=0.0.4; charset=utf-8"
        )
      },
      Route(.post, "hooks/jobs/:job/:token") {
        try await monitor.hear($0, settings, environment)
      },
      Route(.post, "hooks/alertmanager") { request in
        guard let token else {
          return Answer(403, "start the server with PLUMBLINE_TOKEN to let others ask for jobs\n")
        }
        guard let given = request.token, KeyedHash.isSame(given, token) else {
          return Answer(401, "expected 'Authorization: Bearer' with the token of the server\n")
        }
        return try await monitor.hearAlertmanager(request, settings)
      },
    ]
  }
}

extension Monitor {
  /// Returns the moment as of which a model was last checked; nil before its first check.
  fileprivate func lastCheck(_ model: ModelSettings) async throws -> Instant? {
    try await FindingStore(try await open()).lastCheck(model.name.value)
  }
}
