-- Labels by the age at which they became known, and the detectors of decay that watch them.

alter table plumbline.label_bucket
  -- Packed counts by score band, decision and label age; empty where there is nothing.
  add column ages bytea,
  add column recent_ages bytea;

-- Labels counted before their ages were kept are counted afresh; those of old references, whose rows may
-- be gone, stay as they are.
delete from plumbline.label_bucket l
using plumbline.binning b
where b.binning_id = l.binning_id and l.bucket_from >= b.kept_from;
delete from plumbline.arrival;
update plumbline.binning
set labelled_as_of = null, labelled_until = null, settled_as_of = null;

-- Where a sequential detector stands: what it has seen never changes what it concluded, so its state is
-- kept and not computed anew.
create table plumbline.detector (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  -- What it looks for; another specification begins anew.
  specification text not null,
  -- Labels whose age was over by then have been looked at.
  advanced_until timestamptz not null,
  state jsonb not null,
  primary key (binning_id, model_version)
);

-- What to do about a version, as a check concluded it.
create table plumbline.advice (
  cycle_id bigint not null references plumbline.cycle,
  model_version text not null,
  action text not null check (action in ('nothing', 'recalibrate', 'retrain', 'mend-feed')),
  reason text not null,
  -- The map to apply: logit p = intercept + slope * logit score.
  intercept double precision,
  slope double precision,
  primary key (cycle_id, model_version),
  check ((intercept is null) = (slope is null))
);

-- The newest advice on each version.
create view plumbline.latest_advice as
select distinct on (c.model_id, a.model_version)
  m.name as model, a.model_version, c.as_of, a.action, a.reason, a.intercept, a.slope
from plumbline.advice a
join plumbline.cycle c using (cycle_id)
join plumbline.model m using (model_id)
where c.replay_id is null
order by c.model_id, a.model_version, c.as_of desc, c.cycle_id desc;
