-- Alerts: how the bad verdicts of a rule came together, and what people said to it.

-- How far a model's alerts have come: whoever moves them moves this mark first.
create table plumbline.alert_mark (
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
  -- When it came into its state; when it last began to fire; when its condition last held; when it last ended.
  since timestamptz not null,
  firing_since timestamptz,
  last_held timestamptz,
  resolved_at timestamptz,
  -- The end of the newest window at that time.
  settled_until timestamptz,
  bad_since timestamptz,
  -- Bad windows that still count: [{"from", "to"}].
  bad_windows jsonb not null,
  -- The newest window that said something, and what.
  window_from timestamptz not null,
  window_to timestamptz not null,
  signal text not null check (signal in ('bad', 'between', 'clear', 'blind', 'no_data')),
  value double precision,
  reference double precision,
  threshold double precision,
  sample bigint not null,
  window_reason text not null,
  reason text not null,
  -- The firing alert that keeps this one from beginning.
  inhibitor text,
  -- What the rule adds to notices, and what it does.
  labels jsonb not null,
  annotations jsonb not null,
  actions jsonb not null,
  -- The check that last looked; its findings are the evidence.
  cycle_id bigint references plumbline.cycle on delete set null,
  check (state <> 'firing' or firing_since is not null)
);

create unique index alert_identity on plumbline.alert (
  model_id, model_version, rule, subject, coalesce(segment, ''), window_kind);
create index alert_by_cycle on plumbline.alert (cycle_id);

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

-- Alerts that nobody is to be told of; null stands for any.
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

-- Somebody has seen it; until it fires anew.
create table plumbline.acknowledgement (
  alert_id bigint not null references plumbline.alert on delete cascade,
  firing_since timestamptz not null,
  author text not null,
  reason text not null,
  acknowledged_at timestamptz not null default now(),
  primary key (alert_id, firing_since)
);

-- What a dashboard lists: alerts with what people said to them.
create view plumbline.current_alert as
select
  a.alert_id, m.name as model, a.model_version, a.rule, a.subject, a.segment, a.window_kind, a.state,
  a.severity, a.since, a.firing_since, a.window_from, a.window_to, a.value, a.reference, a.threshold,
  a.sample, a.reason, k.author as acknowledged_by, k.reason as acknowledgement,
  exists (
    select from plumbline.silence s
    where (s.model_id is null or s.model_id = a.model_id)
      and (s.rule is null or s.rule = a.rule)
      and (s.subject is null or s.subject = a.subject)
      and (s.segment is null or s.segment = a.segment)
      and s.starts_at <= now() and now() < s.ends_at) as is_silenced
from plumbline.alert a
join plumbline.model m using (model_id)
left join plumbline.acknowledgement k
  on k.alert_id = a.alert_id and k.firing_since = a.firing_since
where a.state <> 'inactive';
