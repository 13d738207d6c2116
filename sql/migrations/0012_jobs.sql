-- Retraining jobs: one at a time for each model, by constraint.

-- Whoever makes a job for a model locks this row first.
create table plumbline.retraining_gate (
  model_id int primary key references plumbline.model,
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  check ((paused_at is null) = (paused_by is null) and (paused_at is null) = (pause_reason is null))
);

create table plumbline.retraining_job (
  job_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  -- What was looked at: the same look never makes two jobs.
  dedupe_key text not null,
  state text not null check (state in (
    'awaiting_approval', 'queued', 'submitting', 'running', 'succeeded', 'failed', 'cancelled', 'rejected')),
  remedy text not null check (remedy in ('retrain', 'recalibrate')),
  reason text not null,
  -- The version in use, and the alerts that asked for it.
  model_version text not null,
  alerts jsonb not null,
  -- What the trainer is told.
  task jsonb not null,
  -- The moment of the check that made it; the cool-down counts from it.
  made_at timestamptz not null,
  author text not null,
  not_before timestamptz not null,
  attempts int not null default 0,
  max_attempts int not null check (max_attempts >= 1),
  -- A part of the key by which trainers know the job: numbers begin anew with each database.
  token text not null default substr(md5(random()::text || clock_timestamp()::text), 1, 8),
  -- Runs that the trainer is known to have ended: the next one gets another key.
  runs int not null default 0,
  -- Whether the run of external_run is known to have ended.
  run_ended boolean not null default false,
  -- Who works on it holds it until then; the number is the fence against earlier holders.
  lease_owner text,
  lease_until timestamptz,
  lease_epoch bigint not null default 0,
  -- The run as the trainer knows it.
  external_run text,
  -- A person wants it to end.
  cancel_asked_by text,
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

-- What happened, triggers that were suppressed included; never changed.
create table plumbline.retraining_event (
  event_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  job_id bigint references plumbline.retraining_job on delete cascade,
  kind text not null,
  words text not null,
  -- The moment of the check, for what a check decided.
  as_of timestamptz,
  happened_at timestamptz not null default now()
);

create index retraining_event_by_job on plumbline.retraining_event (job_id, event_id);
create index retraining_event_by_model on plumbline.retraining_event (model_id, event_id);
