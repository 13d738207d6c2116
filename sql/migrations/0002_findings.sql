-- What was concluded: one cycle for each check, its findings, and what was left out.

create table plumbline.cycle (
  cycle_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  binning_id bigint not null references plumbline.binning,
  as_of timestamptz not null,
  software text not null,
  rows_read bigint not null check (rows_read >= 0),
  started_at timestamptz not null,
  finished_at timestamptz not null default now()
);

create table plumbline.finding (
  finding_id bigint generated always as identity primary key,
  cycle_id bigint not null references plumbline.cycle,
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

create index finding_by_cycle on plumbline.finding (cycle_id);
create index finding_by_window on plumbline.finding (window_to, check_name, subject);

-- Rows and columns that could not be used, by kind.
create table plumbline.fault (
  fault_id bigint generated always as identity primary key,
  cycle_id bigint not null references plumbline.cycle,
  kind text not null,
  subject text not null,
  row_count bigint not null check (row_count >= 0),
  message text not null
);

create index fault_by_cycle on plumbline.fault (cycle_id);

-- The newest finding on each window, check and subject: for Grafana and other readers of SQL.
create view plumbline.latest_finding as
select distinct on (
    c.model_id, f.model_version, f.window_kind, f.window_from, f.check_name, f.subject, f.segment)
  m.name as model, f.model_version, f.window_kind, f.window_from, f.window_to, f.check_name,
  f.subject, f.segment, f.value, f.interval_lower, f.interval_upper, f.reference, f.threshold,
  f.sample, f.reference_sample, f.rule, f.verdict, f.severity, f.reason, c.as_of
from plumbline.finding f
join plumbline.cycle c using (cycle_id)
join plumbline.model m using (model_id)
order by
  c.model_id, f.model_version, f.window_kind, f.window_from, f.check_name, f.subject, f.segment,
  c.as_of desc, f.cycle_id desc;
