-- All tables of the schema plumbline, by aggregate. No row of the customers' tables and no key of a
-- customer is kept.

-- Models and bins ---------------------------------------------------------------------------------

create table plumbline.model (
  model_id int generated always as identity primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);

-- A reference that an operator pinned; the newest one of a model takes precedence over the
-- configuration's.
create table plumbline.reference_choice (
  choice_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  reference_from timestamptz not null,
  reference_to timestamptz not null,
  author text not null,
  reason text not null,
  created_at timestamptz not null default now(),
  check (reference_from < reference_to)
);

-- Bins frozen from a reference. Only the watermarks and has_repeats are ever updated.
create table plumbline.binning (
  binning_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  number int not null,
  -- What decided the bins; another fingerprint asks for new bins.
  fingerprint text not null,
  definition jsonb not null,
  reference_rows bigint not null check (reference_rows >= 0),
  -- The days that the bins come from where the reference moves with the windows.
  base_from timestamptz,
  base_to timestamptz,
  -- Buckets in [profiled_from, profiled_until) are closed: their counts are final.
  profiled_from timestamptz not null,
  profiled_until timestamptz not null,
  -- Buckets before this moment are gone, except those of the reference.
  kept_from timestamptz not null,
  -- Labels of buckets before labelled_until are counted. Outcomes that arrived before settled_as_of
  -- are final in label_bucket.counts; those from then to labelled_as_of are in label_bucket.recent
  -- and are read again, since a transaction may commit late.
  labelled_until timestamptz,
  settled_as_of timestamptz,
  labelled_as_of timestamptz,
  -- Whether some prediction id was seen twice; then each id is used once.
  has_repeats boolean not null default false,
  reason text not null,
  created_at timestamptz not null default now(),
  unique (model_id, number),
  check (profiled_from <= profiled_until),
  check (kept_from >= profiled_from),
  check ((labelled_until is null) = (settled_as_of is null)),
  check ((base_from is null) = (base_to is null)),
  check (base_from < base_to)
);

-- Buckets -----------------------------------------------------------------------------------------

-- A closed bucket, empty ones too.
create table plumbline.bucket (
  binning_id bigint not null references plumbline.binning,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  -- Counts up each time the rows had changed and the profile was made again.
  revision int not null default 0,
  row_count bigint check (row_count >= 0),
  -- A sum of hashes of the rows; null where it was not taken.
  row_digest bigint,
  -- The columns that the digest covers, as a hash of their names.
  digest_columns bigint,
  -- The rows have changed since their labels were counted.
  is_due boolean not null default false,
  profiled_at timestamptz not null default now(),
  primary key (binning_id, bucket_from),
  check (bucket_from < bucket_to),
  check ((row_digest is null) = (digest_columns is null))
);

-- Superseded revisions stay, for findings that were based on them, until their retention ends.
create table plumbline.feature_bucket (
  binning_id bigint not null references plumbline.binning,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  revision int not null default 0,
  model_version text not null,
  -- 'column=level', or '' for all rows.
  segment text not null,
  row_count bigint not null check (row_count >= 0),
  counts bytea not null,
  -- Sums over the values in underflow and overflow bins; null where there are none.
  out_of_range_sums jsonb,
  primary key (binning_id, bucket_from, revision, model_version, segment),
  check (bucket_from < bucket_to)
);

create table plumbline.label_bucket (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  segment text not null,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  predictions bigint not null check (predictions >= labelled),
  labelled bigint not null check (labelled >= 0),
  positives bigint not null check (positives between 0 and labelled),
  -- Predictions whose label can still come.
  open bigint not null check (open between 0 and predictions),
  -- Final counts by score bin and decision, and the change since settled_as_of; null where there is
  -- none.
  counts bytea not null,
  recent bytea,
  -- Packed counts by score band, decision and label age; empty where there is nothing.
  ages bytea,
  recent_ages bytea,
  primary key (binning_id, model_version, segment, bucket_from),
  check (bucket_from < bucket_to)
);

-- Outcomes by the bucket of time in which they arrived.
create table plumbline.arrival (
  binning_id bigint not null references plumbline.binning,
  arrival_from timestamptz not null,
  arrival_to timestamptz not null,
  outcome_count bigint not null check (outcome_count >= 0),
  outcome_digest bigint not null,
  primary key (binning_id, arrival_from),
  check (arrival_from < arrival_to)
);

-- Outcomes by the local day of their arrival, whatever their prediction: the rhythm in which labels are
-- delivered.
create table plumbline.label_arrival (
  binning_id bigint not null references plumbline.binning,
  day date not null,
  positives bigint not null check (positives >= 0),
  negatives bigint not null check (negatives >= 0),
  primary key (binning_id, day)
);

-- A bucket turned out to hold something else than what was counted.
create table plumbline.revision (
  revision_id bigint generated always as identity primary key,
  binning_id bigint not null references plumbline.binning,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  cause text not null check (cause in ('rows', 'labels')),
  rows_before bigint,
  rows_after bigint,
  as_of timestamptz not null,
  found_at timestamptz not null default now()
);

create index revision_by_bucket on plumbline.revision (binning_id, bucket_from);

-- What became of the predictions of each bucket, by feature: it explains why recall moved.
create table plumbline.outcome_bucket (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  -- Churn is what was known of each prediction at this age.
  label_age interval not null,
  -- The rows and labels that it was made of; where they have changed it is made again.
  revision int not null,
  true_positives bigint not null check (true_positives >= 0),
  false_negatives bigint not null check (false_negatives >= 0),
  flagged bigint not null check (flagged >= 0),
  -- Packed confusion counts by subject and group.
  counts bytea not null,
  primary key (binning_id, model_version, bucket_from),
  check (bucket_from < bucket_to)
);

-- Labels of buckets by what a campaign did to the customers, for models whose campaign is named.
create table plumbline.treatment_bucket (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  arm text not null check (arm in ('none', 'control', 'treated')),
  -- Within which the arm was drawn with one chance; empty where there is one only.
  stratum text not null,
  -- Packed as in label_bucket.
  counts bytea not null,
  -- The campaign and labels that it was made of; where they have changed it is made again.
  specification text not null,
  is_final boolean not null,
  labelled bigint not null,
  positives bigint not null,
  primary key (binning_id, model_version, bucket_from, arm, stratum),
  check (bucket_from < bucket_to)
);

-- What training rows look like, for models whose reference is a training table.
create table plumbline.training_profile (
  binning_id bigint not null references plumbline.binning,
  -- Empty where the table does not distinguish versions.
  model_version text not null,
  -- 'column=level', or '' for all rows.
  segment text not null,
  row_count bigint not null check (row_count >= 0),
  counts bytea not null,
  out_of_range_sums jsonb,
  primary key (binning_id, model_version, segment)
);

-- The information that predictions of repeatedly scored customers lose, by version.
create table plumbline.design_effect (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  -- The reference, windows and label age that it was made of; where they have changed it is made
  -- again.
  specification text not null,
  -- Whether all labels of the reference were final.
  is_final boolean not null,
  -- By kind of window and check.
  effects jsonb not null,
  primary key (binning_id, model_version)
);

-- How many customers there were in a window, and how many of them were scored in it.
create table plumbline.coverage (
  binning_id bigint not null references plumbline.binning,
  window_from timestamptz not null,
  window_to timestamptz not null,
  -- The table of customers; figures of another one are not read.
  specification text not null,
  customers bigint not null check (customers >= 0),
  scored bigint not null check (scored between 0 and customers),
  primary key (binning_id, window_from, window_to),
  check (window_from < window_to)
);

-- The state of a version's sequential detectors: what they have read never changes what they
-- concluded, so the state is kept and not computed again.
create table plumbline.detector (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  -- What they test; another specification starts over.
  specification text not null,
  -- Labels whose age had passed by then have been read.
  advanced_until timestamptz not null,
  state jsonb not null,
  primary key (binning_id, model_version)
);

-- Checks ------------------------------------------------------------------------------------------

-- An event on the time axis of a model: a price change, an outage.
create table plumbline.note (
  note_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  happened_at timestamptz not null,
  -- Its end, where it lasted.
  happened_until timestamptz,
  text text not null,
  author text not null,
  created_at timestamptz not null default now(),
  check (happened_at <= happened_until)
);

create index note_by_model on plumbline.note (model_id, happened_at);

-- Past time that is run as if it were live.
create table plumbline.replay (
  replay_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  replay_from timestamptz not null,
  replay_to timestamptz not null,
  step text not null,
  -- What decides the outcome, bins and rules, as a hash; another one is another replay.
  digest bigint not null,
  -- The last moment that was checked; an interrupted replay continues from there.
  done_until timestamptz,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  check (replay_from <= replay_to)
);

create table plumbline.check_run (
  check_run_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  binning_id bigint not null references plumbline.binning,
  -- The replay that it belongs to; null for a check at its own time.
  replay_id bigint references plumbline.replay,
  as_of timestamptz not null,
  software text not null,
  rows_read bigint not null check (rows_read >= 0),
  started_at timestamptz not null,
  finished_at timestamptz not null default now()
);

create index check_run_by_model on plumbline.check_run (model_id, as_of);
create index check_run_by_binning on plumbline.check_run (binning_id);

create table plumbline.finding (
  finding_id bigint generated always as identity primary key,
  check_run_id bigint not null references plumbline.check_run,
  model_version text not null,
  window_kind text not null,
  window_from timestamptz not null,
  window_to timestamptz not null,
  check_name text not null,
  subject text not null,
  segment text,
  value double precision,
  interval_lower double precision,
  interval_upper double precision,
  reference double precision,
  threshold double precision,
  sample bigint not null,
  reference_sample bigint,
  rule text,
  verdict text not null,
  severity text,
  reason text not null,
  details jsonb not null,
  check ((interval_lower is null) = (interval_upper is null))
);

create index finding_by_check_run on plumbline.finding (check_run_id);
create index finding_by_window on plumbline.finding (window_to, check_name, subject);

-- What to do about a version, as a check concluded it.
create table plumbline.advice (
  check_run_id bigint not null references plumbline.check_run,
  model_version text not null,
  action text not null check (
    action in ('nothing', 'watch', 'recalibrate', 'retrain', 'rollback', 'fix-data', 'fix-labels')),
  reason text not null,
  -- The map to apply: logit p = intercept + slope * logit score.
  intercept double precision,
  slope double precision,
  -- The finding that it rests on, and the first predictions concerned, where they are known.
  check_name text,
  subject text,
  onset timestamptz,
  -- What else was wrong, as an array of texts.
  set_aside jsonb not null,
  -- Whether nothing could be evaluated.
  is_blind boolean not null,
  -- What became of it: a job, or what speaks against one; null until that is decided.
  decision text,
  primary key (check_run_id, model_version),
  check ((intercept is null) = (slope is null))
);

-- Rows and columns that a check could not use, by kind.
create table plumbline.data_issue (
  issue_id bigint generated always as identity primary key,
  check_run_id bigint not null references plumbline.check_run,
  kind text not null,
  subject text not null,
  row_count bigint not null check (row_count >= 0),
  message text not null
);

create index data_issue_by_check_run on plumbline.data_issue (check_run_id);

-- Alerts ------------------------------------------------------------------------------------------

-- How far a model's alerts have come: whoever moves them moves this revision first.
create table plumbline.alert_revision (
  model_id int primary key references plumbline.model,
  revision bigint not null,
  as_of timestamptz not null
);

create table plumbline.alert (
  alert_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  model_version text not null,
  rule text not null,
  subject text not null,
  segment text,
  window_kind text not null,
  state text not null check (state in ('inactive', 'pending', 'firing', 'resolved', 'no_data')),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  -- When it entered its state, last began to fire, last met its condition, last ended.
  since timestamptz not null,
  firing_since timestamptz,
  last_held timestamptz,
  resolved_at timestamptz,
  -- The end of the newest window when it last ended.
  settled_until timestamptz,
  bad_since timestamptz,
  -- Bad windows that still count: [{"from", "to"}].
  bad_windows jsonb not null,
  -- The newest window with a signal, and what it showed.
  window_from timestamptz not null,
  window_to timestamptz not null,
  signal text not null check (signal in ('bad', 'between', 'clear', 'blind', 'no_data')),
  value double precision,
  reference double precision,
  threshold double precision,
  sample bigint not null,
  window_reason text not null,
  reason text not null,
  -- The firing alert that inhibits this one.
  inhibitor text,
  -- What the rule adds to notices, and what it does.
  labels jsonb not null,
  annotations jsonb not null,
  actions jsonb not null,
  -- The check that last evaluated it; its findings are the evidence.
  check_run_id bigint references plumbline.check_run on delete set null,
  check (state <> 'firing' or firing_since is not null)
);

create unique index alert_identity on plumbline.alert (
  model_id, model_version, rule, subject, coalesce(segment, ''), window_kind);
create index alert_by_check_run on plumbline.alert (check_run_id);

create table plumbline.alert_transition (
  transition_id bigint generated always as identity primary key,
  alert_id bigint not null references plumbline.alert on delete cascade,
  from_state text not null,
  to_state text not null,
  -- The moment of the check.
  at timestamptz not null,
  reason text not null,
  window_from timestamptz not null,
  window_to timestamptz not null,
  value double precision,
  reference double precision,
  threshold double precision,
  sample bigint not null,
  created_at timestamptz not null default now()
);

create index alert_transition_by_alert on plumbline.alert_transition (alert_id, transition_id);

-- Alerts of which nobody is notified; null stands for any.
create table plumbline.silence (
  silence_id bigint generated always as identity primary key,
  model_id int references plumbline.model,
  rule text,
  subject text,
  segment text,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  author text not null,
  reason text not null,
  created_at timestamptz not null default now(),
  check (starts_at <= ends_at)
);

-- An operator has seen the alert; it holds until the alert fires again.
create table plumbline.acknowledgement (
  alert_id bigint not null references plumbline.alert on delete cascade,
  firing_since timestamptz not null,
  author text not null,
  reason text not null,
  acknowledged_at timestamptz not null default now(),
  primary key (alert_id, firing_since)
);

-- Notifications -----------------------------------------------------------------------------------

-- The outbox: notices for channels, written in the transaction that changes the alert's state.
create table plumbline.delivery (
  delivery_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  -- Null for notices of our own, such as that the budget of alerts is spent.
  alert_id bigint references plumbline.alert on delete cascade,
  channel text not null,
  status text not null check (status in ('firing', 'resolved')),
  severity text not null,
  -- By which the receiver drops repeats.
  key text not null,
  notice jsonb not null,
  state text not null default 'queued'
    check (state in ('queued', 'delivered', 'refused', 'expired')),
  attempts int not null default 0,
  next_at timestamptz not null default now(),
  -- The lease of the dispatcher that sends it; the epoch fences late answers of earlier holders.
  lease_until timestamptz,
  lease_epoch bigint not null default 0,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  outcome text,
  unique (channel, key),
  check ((state = 'queued') = (finished_at is null))
);

create index delivery_due on plumbline.delivery (next_at) where state = 'queued';
create index delivery_by_model on plumbline.delivery (model_id, channel, created_at);
create index delivery_by_alert on plumbline.delivery (alert_id, channel, delivery_id);

-- Every attempt and what came of it.
create table plumbline.delivery_attempt (
  attempt_id bigint generated always as identity primary key,
  delivery_id bigint not null references plumbline.delivery on delete cascade,
  attempted_at timestamptz not null default now(),
  is_delivered boolean not null,
  outcome text not null
);

create index delivery_attempt_by_delivery on plumbline.delivery_attempt (delivery_id);

-- The circuit breaker of each channel: while it is open nothing is tried.
create table plumbline.channel (
  channel text primary key,
  failures int not null default 0,
  open_until timestamptz,
  delivered_at timestamptz,
  failed_at timestamptz,
  last_error text
);

-- Retraining --------------------------------------------------------------------------------------

-- A model's queue of jobs: whoever makes a job locks this row first; an operator may pause it.
create table plumbline.job_queue (
  model_id int primary key references plumbline.model,
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  check (
    (paused_at is null) = (paused_by is null) and (paused_at is null) = (pause_reason is null))
);

-- Retraining jobs: one open at a time for each model, by constraint.
create table plumbline.retraining_job (
  job_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  -- What was evaluated: one evaluation never makes two jobs.
  dedupe_key text not null,
  state text not null check (state in (
    'awaiting_approval', 'queued', 'submitting', 'running',
    'succeeded', 'failed', 'cancelled', 'rejected')),
  remedy text not null check (remedy in ('retrain', 'recalibrate')),
  reason text not null,
  -- The version in use, and the alerts that asked for the job.
  model_version text not null,
  alerts jsonb not null,
  -- What the trainer is sent.
  task jsonb not null,
  -- The moment of the check that made it; the cool-down counts from it.
  made_at timestamptz not null,
  author text not null,
  not_before timestamptz not null,
  attempts int not null default 0,
  max_attempts int not null check (max_attempts >= 1),
  -- A part of the key by which trainers know the job: each database numbers its jobs from 1.
  token text not null default substr(md5(random()::text || clock_timestamp()::text), 1, 8),
  -- Runs that the trainer is known to have ended: the next one gets another key.
  runs int not null default 0,
  -- Whether the run of external_run is known to have ended.
  run_ended boolean not null default false,
  -- The lease of the worker that holds it; the epoch fences writes of earlier holders.
  lease_owner text,
  lease_until timestamptz,
  lease_epoch bigint not null default 0,
  -- The trainer's identifier of the run.
  external_run text,
  -- The operator who asked for its end.
  cancel_requested_by text,
  new_version text,
  answer jsonb,
  log_tail text not null default '',
  last_error text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (model_id, dedupe_key),
  check ((lease_until is not null) = (state in ('submitting', 'running'))),
  check ((finished_at is not null) = (state in ('succeeded', 'failed', 'cancelled', 'rejected')))
);

create unique index retraining_job_one_active on plumbline.retraining_job (model_id)
  where state in ('awaiting_approval', 'queued', 'submitting', 'running');
create index retraining_job_by_model on plumbline.retraining_job (model_id, made_at);

-- What happened, suppressed triggers included; never changed.
create table plumbline.retraining_event (
  event_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  job_id bigint references plumbline.retraining_job on delete cascade,
  kind text not null,
  message text not null,
  -- The moment of the check, for what a check decided.
  as_of timestamptz,
  happened_at timestamptz not null default now()
);

create index retraining_event_by_job on plumbline.retraining_event (job_id, event_id);
create index retraining_event_by_model on plumbline.retraining_event (model_id, event_id);

-- What trainers report by calling back; only the newest report of each run counts.
create table plumbline.job_callback (
  job_id bigint not null references plumbline.retraining_job on delete cascade,
  -- The run's key.
  key text not null,
  body jsonb not null,
  received_at timestamptz not null default now(),
  primary key (job_id, key)
);

-- Versions ----------------------------------------------------------------------------------------

create table plumbline.model_version (
  model_id int not null references plumbline.model,
  model_version text not null,
  state text not null check (state in (
    'registered', 'challenger', 'awaiting_approval', 'champion', 'retired', 'rejected')),
  -- The moment, of the check or of an operator's decision, from which the state holds.
  since timestamptz not null,
  -- The beginning of its first bucket with rows.
  first_scored timestamptz,
  -- The job that it came of.
  job_id bigint references plumbline.retraining_job on delete set null,
  -- How often the gate has evaluated it.
  evaluations int not null default 0 check (evaluations >= 0),
  reason text not null,
  primary key (model_id, model_version)
);

create unique index model_version_one_champion on plumbline.model_version (model_id)
  where state = 'champion';
create index model_version_by_job on plumbline.model_version (job_id);

-- What was decided, with the gate's evidence; never changed.
create table plumbline.version_event (
  event_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  model_version text not null,
  state text not null,
  author text not null,
  reason text not null,
  evidence jsonb,
  as_of timestamptz not null,
  happened_at timestamptz not null default now()
);

create index version_event_by_model on plumbline.version_event (model_id, model_version, event_id);

-- How far a model's registry and its versions are in step: it distinguishes what others have moved
-- there from what is ours to move.
create table plumbline.registry_cursor (
  model_id int primary key references plumbline.model,
  -- The version that the champion's alias pointed to, and the champion here that was sent there;
  -- null for none.
  champion text,
  ours text,
  seen_at timestamptz not null
);

-- Campaigns ---------------------------------------------------------------------------------------

-- Every interim look at a campaign, so that the chance of a false alarm stays what was promised.
create table plumbline.interim_look (
  look_id bigint generated always as identity primary key,
  campaign text not null,
  looked_at timestamptz not null,
  kind text not null check (kind in ('planned', 'unplanned')),
  -- Mature customers, and their share of the planned ones.
  matured bigint not null check (matured >= 0),
  fraction double precision not null check (fraction >= 0),
  -- By treated arm, the difference on the primary metric in standard errors; customers assigned by
  -- arm.
  scores jsonb not null,
  assigned jsonb not null,
  -- The primary metric at that time.
  metric text not null,
  verdict text not null,
  software text not null
);

create index interim_look_by_campaign on plumbline.interim_look (campaign, looked_at);

create table plumbline.campaign_decision (
  decision_id bigint generated always as identity primary key,
  campaign text not null,
  decided_at timestamptz not null,
  decision text not null check (decision in ('roll-out', 'target', 'keep-running', 'stop')),
  -- What the data advised.
  verdict text not null,
  author text not null,
  -- Who agreed; required where the decision differs from the verdict.
  second_author text,
  reason text not null,
  -- The net benefit that was forecast, with its interval; null where the campaign has no economics.
  net double precision,
  net_lower double precision,
  net_upper double precision,
  -- The sums that the decision rests on; no customer is in them.
  input jsonb not null,
  software text not null,
  check ((net is null) = (net_lower is null) and (net is null) = (net_upper is null))
);

create index campaign_decision_by_campaign on plumbline.campaign_decision (campaign, decided_at);
