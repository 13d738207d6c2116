-- Versions of a model: which one is in charge, which are on trial, and what became of the others.

create table plumbline.model_version (
  model_id int not null references plumbline.model,
  model_version text not null,
  state text not null check (state in ('announced', 'challenger', 'champion', 'retired', 'rejected')),
  -- The moment, of the check or of a person's decision, from which the state holds.
  since timestamptz not null,
  -- The beginning of its first bucket with rows.
  first_scored timestamptz,
  -- The job that it came of.
  job_id bigint references plumbline.retraining_job on delete set null,
  -- How often the gate has looked at it.
  looks int not null default 0 check (looks >= 0),
  reason text not null,
  primary key (model_id, model_version)
);

create unique index model_version_one_champion on plumbline.model_version (model_id) where state = 'champion';
create index model_version_by_job on plumbline.model_version (job_id);

-- What was decided, with what the gate had seen; never changed.
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

-- The version in charge: for jobs that score customers.
create view plumbline.champion as
select m.name as model, v.model_version as version, v.since, v.reason
from plumbline.model_version v join plumbline.model m using (model_id)
where v.state = 'champion';
