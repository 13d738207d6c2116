// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Settings
import Testing

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

  private func model(_ text: String) throws -> ModelSettings {
    try #require(SettingsFile.read(text: text, file: "plumbline.yaml").settings.models.first)
  }

  @Test func `every key is read`() throws {
    let settings = try SettingsFile.read(text: Self.whole, file: "plumbline.yaml").settings
    let model = try #require(settings.models.first)
    #expect(model.name == "churn")
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
    #expect(model.segments == ["contract", "region"])
    #expect(model.grid.bucketsPerDay == 4)
    #expect(model.lateness.description == "2h")
    // Midnight in Berlin.
    #expect(model.reference.ranges.first?.range.from.description == "2025-12-31T23:00:00Z")
  }

  @Test func `what trains a model is read`() throws {
    let good =
      Self.whole
      + "\n    retraining: { trainer: command, command: [python3, train.py], cooldown: 3d, quiet_hours: '22:00-06:00', "
      + "budget: { jobs: 2, per: 30d }, approval: triggered, cost: 500, value: 100 }"
    let model = try model(good)
    let retraining = try #require(model.retraining)
    #expect(retraining.trainer == .command(["python3", "train.py"]))
    #expect(retraining.cooldown == FixedDuration(days: 3) && retraining.approval == .triggered)
    #expect(retraining.quietHours?.from == 1320 && retraining.quietHours?.to == 360)
  }

  @Test func `channels of alerts are read, secrets by name`() throws {
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
    let alerting = try SettingsFile.read(text: good, file: "plumbline.yaml").settings.alerting
    #expect(alerting.environment == "prod" && alerting.budget?.alerts == 5)
    #expect(alerting.interval == FixedDuration("30s"))
    let hook = try #require(alerting.channels.last)
    #expect(hook.kind == .webhook(.environment("HOOK")) && hook.secret == .environment("KEY"))
    #expect(hook.severity == .critical && alerting.channels.first?.severity == .info)
    #expect(hook.takes("churn") && !hook.takes("other"))
  }

  @Test func `training rows and customers are read`() throws {
    let text = Self.whole.replacing(
      "{ from: 2026-01-01, to: 2026-04-01 }",
      with: """
        { training_table: ml.rows, version: model, where: "is_used" }
            customers: { table: crm.customers, entity: id, since: joined, where: "not is_test" }
        """
    )
    let model = try model(text)
    guard case .training(let training) = model.reference else {
      Issue.record("\(model.reference)")
      return
    }
    #expect(training.table == "ml.rows")
    #expect(training.version == "model")
    #expect(training.condition == "is_used")
    #expect(model.customers?.entity == "id")
    #expect(model.customers?.since == "joined")
    #expect(model.customers?.until == nil)
  }

  @Test func `a missing file names the command that makes one`() {
    #expect(throws: ConfigErrors.self) {
      try SettingsFile.read(path: "/nowhere/plumbline.yaml").settings
    }
  }

  @Test func `dated thresholds are read`() throws {
    let dated = Self.whole.replacing(
      "{ top: 5% }",
      with: "{ thresholds: [{ threshold: 0.5 }, { from: 2026-02-01, threshold: 0.4 }] }"
    )
    let settings = try SettingsFile.read(text: dated, file: "x").settings
    #expect(settings.models[0].decision.thresholdValues == [0.5, 0.4])
  }

  @Test func `outcomes may be matched by the customer`() throws {
    let text = Self.whole.replacing(
      "      prediction: prediction_id",
      with: "      entity: customer_id"
    )
    guard case .entity("customer_id")? = try model(text).outcomes?.key else {
      Issue.record("outcomes by entity")
      return
    }
  }

  @Test func `what is kept is kept as long as it is needed`() throws {
    let long = try model(Self.whole)
    #expect(long.retention.profiles.description == "1100d")
    let given = Self.whole + "\n    retention: { profiles: 400d, findings: 2w }"
    let short = try model(given)
    #expect(short.retention.profiles.description == "400d")
    #expect(short.retention.findings.description == "14d")
  }
}
