// SPDX-License-Identifier: Apache-2.0
import Alerting
import Experiments
import Foundation
import Postgres
import Profiles
import Retraining
import Store

/// A database in which each table of the schema has a row, of one model that is called `churn`.
struct OneRowEach {
  let connection: Connection
  let model: Int
  let stored: StoredBinning

  static let day: TimeRange = {
    let start = Instant(microseconds: 1_767_225_600_000_000)
    guard let day = TimeRange(from: start, to: start.advanced(by: .day)) else {
      preconditionFailure("days go forward")
    }
    return day
  }()

  init(_ connection: Connection) async throws {
    self.connection = connection
    _ = try await Migrator.migrate(connection)
    let store = ModelStore(connection)
    model = try await store.ensureModel("churn")
    var builder = NumericBinningBuilder()
    builder.requiredEdges = [0, 0.5, 1]
    try await store.insert(
      NewBinning(
        binning: Binning(
          features: [],
          score: builder.binning(of: [], range: nil),
          segments: []
        ),
        fingerprint: "f",
        referenceRows: 10,
        from: Self.day.from,
        base: Self.day,
        reason: "first"
      ),
      model: model,
      after: 0
    )
    guard let stored = try await store.binning(of: "churn") else { throw Missing() }
    self.stored = stored
    try await connection.executeScript(
      try counts + checks + alerts + jobs + campaigns,
      name: "seed"
    )
  }

  private struct Missing: Error {}

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self).replacing("'", with: "''")
  }

  private static func hex(_ values: [Int]) -> String {
    "\\x" + CountCoding.encode(values).map { String(format: "%02x", $0) }.joined()
  }

  private var bucket: String { "'\(Self.day.from)', '\(Self.day.to)'" }

  private var counts: String {
    let features = Self.hex(FeatureProfile(binCount: stored.binning.binCount).counts)
    let labels = Self.hex(LabelProfile(binCount: stored.binning.score.binCount).values)
    let outcomes = Self.hex(OutcomeProfile(GroupLayout(stored.binning)).values)
    return """
      insert into plumbline.reference_choice (model_id, reference_from, reference_to, author,
          reason)
        values (\(model), \(bucket), 'ann', 'r');
      insert into plumbline.note (model_id, happened_at, text, author)
        values (\(model), '\(Self.day.from)', 'moved', 'ann');
      insert into plumbline.bucket (binning_id, bucket_from, bucket_to, row_count, row_digest,
          digest_columns, is_due)
        values (\(stored.identifier), \(bucket), 10, 7, 3, true);
      insert into plumbline.feature_bucket (binning_id, model_version, segment, bucket_from,
          bucket_to, row_count, counts)
        values (\(stored.identifier), 'v1', '', \(bucket), 10, '\(features)');
      insert into plumbline.label_bucket (binning_id, model_version, segment, bucket_from,
          bucket_to, labelled, positives, predictions, open, counts, recent, ages, recent_ages)
        values (\(stored.identifier), 'v1', '', \(bucket), 5, 2, 10, 0, '\(labels)', '\(labels)',
          '\\x', '\\x');
      insert into plumbline.arrival (binning_id, arrival_from, arrival_to, outcome_count,
          outcome_digest)
        values (\(stored.identifier), \(bucket), 5, 7);
      insert into plumbline.label_arrival (binning_id, day, positives, negatives)
        values (\(stored.identifier), '2025-01-01', 3, 4);
      insert into plumbline.detector (binning_id, model_version, specification, advanced_until,
          state)
        values (\(stored.identifier), 'v1', 's', '\(Self.day.to)', '{}');
      insert into plumbline.outcome_bucket (binning_id, model_version, bucket_from, bucket_to,
          label_age, revision, true_positives, false_negatives, flagged, counts)
        values (\(stored.identifier), 'v1', \(bucket), '7 days', 0, 1, 1, 2, '\(outcomes)');
      insert into plumbline.treatment_bucket (binning_id, model_version, bucket_from, bucket_to,
          arm, stratum, counts, specification, is_final, labelled, positives)
        values (\(stored.identifier), 'v1', \(bucket), 'treated', '', '\(labels)', 's', true, 5, 2);
      insert into plumbline.design_effect (binning_id, model_version, specification, is_final,
          effects)
        values (\(stored.identifier), 'v1', 's', true, '{}');
      insert into plumbline.coverage (binning_id, window_from, window_to, specification, customers,
          scored)
        values (\(stored.identifier), \(bucket), 's', 10, 9);
      insert into plumbline.training_profile (binning_id, model_version, segment, row_count, counts)
        values (\(stored.identifier), 'v1', '', 10, '\(features)');
      insert into plumbline.revision (binning_id, bucket_from, bucket_to, cause, rows_before,
          rows_after, as_of)
        values (\(stored.identifier), \(bucket), 'rows', 9, 10, '\(Self.day.to)');

      """
  }

  private var checks: String {
    """
    insert into plumbline.check_run (model_id, binning_id, as_of, software, rows_read, started_at)
      values (\(model), \(stored.identifier), '\(Self.day.to)', 'test', 10, now());
    insert into plumbline.finding (check_run_id, model_version, window_kind, window_from, window_to,
        check_name, subject, value, interval_lower, interval_upper, sample, verdict, reason,
        details)
      select check_run_id, 'v1', '1d', \(bucket), 'recall', 'score', 0.5, 0.4, 0.6, 10, 'ok', 'r', '{}'
      from plumbline.check_run;
    insert into plumbline.finding (check_run_id, model_version, window_kind, window_from, window_to,
        check_name, subject, sample, verdict, reason, details)
      select check_run_id, 'v1', '1d', \(bucket), 'recall-decay', 'score', 0, 'no_reference', 'r', '{}'
      from plumbline.check_run;
    insert into plumbline.advice (check_run_id, model_version, action, reason, intercept, slope,
        check_name, subject, onset, set_aside, is_blind, decision)
      select check_run_id, 'v1', 'recalibrate', 'r', 0.1, 1, 'recall', 'score', as_of, '["x"]', false,
        'job 1' from plumbline.check_run;
    insert into plumbline.data_issue (check_run_id, kind, subject, row_count, message)
      select check_run_id, 'no_id', 'predictions', 1, 'm' from plumbline.check_run;

    """
  }

  private var alerts: String {
    get throws {
      let notice = AlertNotice(
        status: .firing,
        labels: ["alertname": "Down", "model": "churn", "severity": "warning"],
        annotations: [:],
        startsAt: Self.day.from,
        endsAt: nil,
        link: nil,
        key: "k"
      )
      return """
        insert into plumbline.alert_revision (model_id, revision, as_of)
          values (\(model), 1, '\(Self.day.to)');
        insert into plumbline.alert (model_id, model_version, rule, subject, window_kind, state,
            severity, since, firing_since, bad_windows, window_from, window_to, signal, sample,
            window_reason, reason, labels, annotations, actions)
          values (\(model), 'v1', 'Down', 'score', '1d', 'firing', 'warning', '\(Self.day.from)',
            '\(Self.day.from)', '[]', \(bucket), 'bad', 10, 'w', 'r', '{}', '{}', '["notify"]');
        insert into plumbline.alert_transition (alert_id, from_state, to_state, at, reason,
            window_from, window_to, sample)
          select alert_id, 'pending', 'firing', '\(Self.day.from)', 'r', \(bucket), 10
          from plumbline.alert;
        insert into plumbline.delivery (model_id, alert_id, channel, status, severity, key, notice)
          select \(model), alert_id, 'hook', 'firing', 'warning', 'k', '\(try Self.json(notice))'
          from plumbline.alert;

        """
    }
  }

  private var jobs: String {
    get throws {
      let task = TrainingTask(
        model: "churn",
        remedy: .retrain,
        version: "v1",
        reason: "r",
        from: Self.day.from,
        to: Self.day.to,
        asOf: Self.day.to,
        query: nil,
        map: nil
      )
      let evidence = TrialEvidence(
        champion: "v1",
        challenger: "v2",
        range: Self.day,
        asOf: Self.day.to,
        capacity: 0.1,
        confidence: 0.95
      )
      return """
        insert into plumbline.retraining_job (model_id, dedupe_key, state, remedy, reason,
            model_version, alerts, task, made_at, author, not_before, max_attempts, new_version,
            answer, finished_at)
          values (\(model), 'done', 'succeeded', 'retrain', 'r', 'v1', '[]',
            '\(try Self.json(task))', '\(Self.day.from)', 'ann', '\(Self.day.from)', 3, 'v2',
            '\(try Self.json(TrainingAnswer(version: "v2")))', '\(Self.day.to)');
        insert into plumbline.job_callback (job_id, key, body)
          select job_id, 'k', '{"state": "running"}' from plumbline.retraining_job;
        insert into plumbline.retraining_event (model_id, job_id, kind, message)
          select \(model), job_id, 'succeeded', 'r' from plumbline.retraining_job;
        insert into plumbline.model_version (model_id, model_version, state, since, job_id, reason)
          select \(model), 'v2', 'champion', '\(Self.day.to)', job_id, 'r'
          from plumbline.retraining_job;
        insert into plumbline.version_event (model_id, model_version, state, author, reason,
            evidence, as_of)
          values (\(model), 'v2', 'champion', 'gate', 'r', '\(try Self.json(evidence))',
            '\(Self.day.to)');
        insert into plumbline.registry_cursor (model_id, champion, ours, seen_at)
          values (\(model), 'v2', 'v2', now());

        """
    }
  }

  private var campaigns: String {
    get throws {
      let input = ExperimentInput(
        name: "spring",
        asOf: Self.day.to,
        control: "hold-out",
        split: [:],
        metrics: [],
        hasTiers: false,
        hasCovariate: false,
        prices: nil,
        cells: [],
        contaminated: 0,
        entries: []
      )
      return """
        insert into plumbline.interim_look (campaign, looked_at, kind, matured, fraction, scores,
            assigned, metric, verdict, software)
          values ('spring', '\(Self.day.from)', 'planned', 10, 0.5, '{"offer": 1.5}',
            '{"offer": 5}', 'churn', 'wait', 'test');
        insert into plumbline.campaign_decision (campaign, decided_at, decision, verdict, author,
            reason, net, net_lower, net_upper, input, software)
          values ('spring', '\(Self.day.to)', 'stop', 'no-effect', 'ann', 'r', 1, 0, 2,
            '\(try Self.json(input))', 'test');

        """
    }
  }
}
