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
