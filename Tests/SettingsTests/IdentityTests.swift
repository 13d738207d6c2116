// SPDX-License-Identifier: Apache-2.0
import Profiles
import Settings
import Testing

/// The texts that are stored with what was computed from the configuration.
@Suite struct IdentityTests {
  private static let yaml = """
    models:
      - name: churn
        predictions:
          { table: predictions, id: id, time: at, score: score, version: version, entity: customer }
        outcomes: { table: outcomes, entity: customer, time: at, horizon: 90d }
        customers: { table: customers, entity: id, until: left_at, where: "a = ';'" }
        treatment: { campaign: spring }
        decision: { thresholds: [{ threshold: 0.5 }, { from: 2026-02-01, threshold: 0.4 }] }
        reference: { training_table: training, version: made_for }
    experiments:
      - name: spring
        assignments: { table: members, unit: id, arm: arm, time: at, control: control }
        split: { control: 0.5, offer: 0.5 }
        metrics:
          - { name: churn, table: events, unit: id, time: at, horizon: 60d, better: lower }
          - { name: spend, table: payments, unit: id, time: at, amount: paid, horizon: 30d,
              better: higher, cap: 500 }
          - { name: rate, table: visits, unit: id, time: at, amount: bought, per: seen,
              horizon: 30d, better: higher }
    """

  @Test func `customers, treatments, training rows and metrics have these texts`() throws {
    let settings = try SettingsFile.read(text: Self.yaml, file: "plumbline.yaml").settings
    let model = try #require(settings.models.first)
    #expect(
      model.customers?.identity.text
        == #"v1;table=customers;entity=id;since;until=left_at;where=a = '\;'"#
    )
    #expect(
      model.treatment?.identity.text
        == "v1;table=members;unit=id;arm=arm;time=at;control=control;stratum;where;"
        + "lasting=7776000000000us"
    )
    guard case .training(let training) = model.reference else {
      Issue.record("\(model.reference)")
      return
    }
    #expect(training.identity.text == "v1;table=training;version=made_for;where")
    #expect(
      try #require(settings.experiments.first).metrics.map(\.identity.text) == [
        #"v1;name=churn;table=events;unit=id;time=at;horizon=5184000000000us;kind=event,\\-,;"#
          + "better=lower;cap",
        "v1;name=spend;table=payments;unit=id;time=at;horizon=2592000000000us;"
          + "kind=amount,paid,;better=higher;cap=500.0",
        "v1;name=rate;table=visits;unit=id;time=at;horizon=2592000000000us;"
          + "kind=ratio,bought,seen,;better=higher;cap",
      ]
    )
  }

  @Test func `the bins of dated thresholds, events and all features have this text`() throws {
    let settings = try SettingsFile.read(text: Self.yaml, file: "plumbline.yaml").settings
    let model = try #require(settings.models.first)
    #expect(
      model.binIdentity(reference: .list([.text("trailing"), .integer(90)])).text
        == #"v1;decision=thresholds,\\\\-\\,0.5\\,,1769904000000000us\\,0.4\\,,;"#
        + #"outcomes=v1\;table=outcomes\;key=entity,customer,\;time=at\;label\;"#
        + #"horizon=7776000000000us\;absence=negative\;negative=open;table=predictions;id=id;"#
        + #"version=column,version,;score=score;time=at;where;entity=customer;features=all,;"#
        + #"identifiers;missing=;segments=;reference=trailing,90,;bucket=1d;timezone=UTC"#
    )
  }
}
