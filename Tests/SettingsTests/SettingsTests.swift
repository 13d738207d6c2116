// SPDX-License-Identifier: Apache-2.0
import Profiles
import Settings
import Testing
import YAMLSource

@Suite struct SettingsTests {
  private static let whole = """
    timezone: Europe/Berlin
    models:
      - name: churn
        predictions:
          table: crm.predictions
          id: prediction_id
          time: predicted_at
          score: score
          version: "v7"
          entity: customer_id
          where: "model = 'churn'"
        outcomes:
          table: crm.outcomes
          prediction: prediction_id
          time: observed_at
          label: label
          horizon: 90d
          absent: unknown
        decision: { top: 5% }
        features: { exclude: [note] }
        identifiers: [agent]
        segments: [contract, region]
        reference: { from: 2026-01-01, to: 2026-04-01 }
        bucket: 6h
        windows: [7d, 1w, 1mo]
        lateness: 2h
    """

  private func faults(_ text: String) throws -> [String] {
    do {
      _ = try SettingsFile.read(text: text, file: "plumbline.yaml")
      return []
    } catch {
      return error.faults.map(\.description)
    }
  }

  @Test func `every key is read`() throws {
    let settings = try SettingsFile.read(text: Self.whole, file: "plumbline.yaml")
    let model = try #require(settings.models.first)
    #expect(model.name.value == "churn")
    guard case .constant("v7") = model.predictions.version else {
      Issue.record("a quoted version is a constant")
      return
    }
    guard case .top(0.05) = model.decision else {
      Issue.record("\(model.decision)")
      return
    }
    #expect(model.outcomes?.absence == .unknown)
    #expect(model.outcomes?.horizon.days == 90)
    #expect(model.windows.map(\.description) == ["7d", "1w", "1mo"])
    #expect(model.segments.map(\.value) == ["contract", "region"])
    #expect(model.grid.bucketsPerDay == 4)
    #expect(model.lateness.description == "2h")
    // Midnight in Berlin.
    #expect(model.reference.ranges.first?.range.from.description == "2025-12-31T23:00:00Z")
  }

  @Test func `all faults are listed together, each with its place and a way to mend it`() throws {
    let text = """
      timezon: UTC
      models:
        - name: churn
          predictions:
            table: crm.predictions
            id: prediction_id
            tiem: predicted_at
            score: score
          outcomes: { table: crm.outcomes, prediction: id, time: t, horizon: ninety }
          decision: { threshold: 1.5 }
          reference: { from: 2026-04-01, to: 2026-01-01 }
          windows: [7d, 1q]
      """
    let found = try faults(text)
    #expect(found.contains("plumbline.yaml:1:1: unknown key 'timezon'; did you mean 'timezone'?"))
    #expect(found.contains("plumbline.yaml:7:7: unknown key 'tiem'; did you mean 'time'?"))
    #expect(found.contains { $0.contains("the key 'time' is missing") })
    #expect(
      found.contains {
        $0.hasPrefix("plumbline.yaml:9:") && $0.contains("duration such as 90d, found 'ninety'")
      }
    )
    #expect(
      found.contains {
        $0.hasPrefix("plumbline.yaml:10:") && $0.contains("a probability in 0..1, found '1.5'")
      }
    )
    #expect(
      found.contains { $0.hasPrefix("plumbline.yaml:11:") && $0.contains("ends before it begins") }
    )
    #expect(
      found.contains {
        $0.hasPrefix("plumbline.yaml:12:")
          && $0.contains("a window such as 7d, 28d, 1w or 1mo, found '1q'")
      }
    )
    #expect(found.count == 7)
  }

  @Test func `what trains a model is read, and keys of another trainer are faults`() throws {
    let good =
      Self.whole
      + "\n    retraining: { trainer: command, command: [python3, train.py], cooldown: 3d, quiet_hours: '22:00-06:00', "
      + "budget: { jobs: 2, per: 30d }, approval: triggered, cost: 500, value: 100 }"
    let model = try #require(SettingsFile.read(text: good, file: "plumbline.yaml").models.first)
    let retraining = try #require(model.retraining)
    #expect(retraining.trainer == .command(["python3", "train.py"]))
    #expect(retraining.cooldown == FixedDuration(days: 3) && retraining.approval == .triggered)
    #expect(retraining.quietHours?.from == 1320 && retraining.quietHours?.to == 360)
    for (text, words) in [
      ("{ trainer: comand }", "did you mean 'command'?"),
      ("{ trainer: command }", "the key 'command' is missing"),
      ("{ trainer: command, command: x, dag: y }", "'dag' belongs to the trainer 'airflow'"),
      ("{ trainer: webhook, webhook: nowhere }", "expected an address"),
      ("{ trainer: airflow, airflow: 'http://x' }", "the key 'dag' is missing"),
      ("{ trainer: command, command: x, quiet_hours: 25:00-06:00 }", "hours of the day"),
      ("{ trainer: command, command: x, cost: 5 }", "together"),
      ("{ trainer: command, command: x, max_attempts: 0 }", "a whole number from 1 on"),
    ] {
      let found = try faults(Self.whole + "\n    retraining: " + text)
      #expect(found.contains { $0.contains(words) }, "\(found)")
    }
  }

  @Test func `channels of alerts are read, secrets by name, and faults say what to mend`() throws {
    let good =
      Self.whole + """

        alerting:
          environment: prod
          interval: 30s
          budget: { alerts: 5, per: 7d }
          channels:
            - { name: am, alertmanager: "http://am:9093" }
            - { name: hook, webhook: { env: HOOK }, secret: { env: KEY }, severity: critical, models: [churn] }
        """
    let alerting = try SettingsFile.read(text: good, file: "plumbline.yaml").alerting
    #expect(alerting.environment == "prod" && alerting.budget?.alerts == 5)
    #expect(alerting.interval == FixedDuration("30s"))
    let hook = try #require(alerting.channels.last)
    #expect(hook.kind == .webhook(.environment("HOOK")) && hook.secret == .environment("KEY"))
    #expect(hook.tells("churn") && !hook.tells("other"))
    for (channel, words) in [
      ("{ name: a, webhook: 'ftp://x' }", "expected an address such as"),
      ("{ name: a, webhook: 'http://x', slack: 'http://y' }", "give one of 'alertmanager'"),
      ("{ name: 'a b', log: x }", "a channel's name is of letters"),
      ("{ name: a, log: x, secret: y }", "'secret' signs what a webhook is sent"),
      ("{ name: a, log: x, models: [chrun] }", "did you mean 'churn'?"),
      ("{ name: a, log: x, severty: info }", "did you mean 'severity'?"),
      ("{ name: a, webhook: { evn: X } }", "did you mean 'env'?"),
    ] {
      let found = try faults(Self.whole + "\nalerting: { channels: [\(channel)] }")
      #expect(found.contains { $0.contains(words) }, "\(found)")
    }
  }

  @Test func `training rows and customers are read, and customers need an entity`() throws {
    let text = Self.whole.replacing(
      "{ from: 2026-01-01, to: 2026-04-01 }",
      with: """
        { training_table: ml.rows, version: model, where: "is_used" }
            customers: { table: crm.customers, entity: id, since: joined, where: "not is_test" }
        """
    )
    let model = try #require(SettingsFile.read(text: text, file: "plumbline.yaml").models.first)
    guard case .training(let training) = model.reference else {
      Issue.record("\(model.reference)")
      return
    }
    #expect(training.table.value == "ml.rows")
    #expect(training.version?.value == "model")
    #expect(training.condition?.value == "is_used")
    #expect(model.customers?.entity.value == "id")
    #expect(model.customers?.since?.value == "joined")
    #expect(model.customers?.until == nil)
    let without = text.replacing("      entity: customer_id\n", with: "")
    #expect(try faults(without).contains { $0.contains("'customers' need 'entity'") })
    let wrong = text.replacing("version: model, ", with: "from: 2026-01-01, ")
    #expect(try faults(wrong).contains { $0.contains("from") })
  }

  @Test func `a follow-up lies within the horizon`() throws {
    let follow = Self.whole.replacing("horizon: 90d", with: "horizon: 90d\n      follow_up: 91d")
    #expect(try faults(follow).contains { $0.contains("'follow_up' is at most the horizon, 90d") })
  }

  @Test(arguments: [
    ("", "the file is empty"), ("a: [", "not YAML"), ("models: []", "no model to watch"),
    ("a: 1\na: 2", "a key appears twice"),
  ])
  func `a file that cannot be read says why`(_ text: String, _ reason: String) throws {
    #expect(try faults(text).contains { $0.contains(reason) })
  }

  @Test func `a missing file names the command that makes one`() {
    #expect(throws: YAMLFaults.self) { try SettingsFile.read(path: "/nowhere/plumbline.yaml") }
  }

  @Test func `a reference that parts a bucket is refused`() throws {
    let text = Self.whole.replacing("from: 2026-01-01,", with: "from: 2026-01-01T03:30Z,")
    #expect(try faults(text).contains { $0.contains("must begin and end where a bucket does") })
  }

  @Test func `dated thresholds are in order of time`() throws {
    let dated = Self.whole.replacing(
      "{ top: 5% }",
      with: "{ thresholds: [{ threshold: 0.5 }, { from: 2026-02-01, threshold: 0.4 }] }"
    )
    let settings = try SettingsFile.read(text: dated, file: "x")
    #expect(settings.models[0].decision.thresholdValues == [0.5, 0.4])
    let wrong = dated.replacing(
      "[{ threshold: 0.5 }, ",
      with: "[{ from: 2026-03-01, threshold: 0.5 }, "
    )
    #expect(try faults(wrong).contains { $0.contains("ascending order") })
  }

  @Test func `outcomes by entity need the entity of the predictions`() throws {
    let entity = Self.whole.replacing(
      "      prediction: prediction_id",
      with: "      entity: customer_id"
    )
    #expect(try faults(entity).isEmpty)
    let without = entity.replacing("      entity: customer_id\n      where", with: "      where")
    #expect(try faults(without).contains { $0.contains("need 'entity'") })
  }

  @Test func `what is kept is kept as long as it is needed`() throws {
    let model = try #require(
      SettingsFile.read(text: Self.whole, file: "plumbline.yaml").models.first
    )
    #expect(model.retention.profiles.description == "1100d")
    let given = Self.whole + "\n    retention: { profiles: 400d, findings: 2w }"
    let short = try #require(SettingsFile.read(text: given, file: "plumbline.yaml").models.first)
    #expect(short.retention.profiles.description == "400d")
    #expect(short.retention.findings.description == "14d")
    let tooShort = Self.whole + "\n    retention: { profiles: 30d, findings: 1h }"
    let found = try faults(tooShort)
    #expect(found.count == 2)
    #expect(found.contains { $0.contains("must be kept for at least") })
    let unknown = try faults(Self.whole + "\n    retention: { profile: 400d }")
    #expect(unknown.contains { $0.contains("did you mean 'profiles'?") })
  }
}
