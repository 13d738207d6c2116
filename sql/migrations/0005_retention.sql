-- What is kept has an end: buckets before kept_from are gone, but for those of the reference.

alter table plumbline.binning add column kept_from timestamptz;
update plumbline.binning set kept_from = profiled_from;
alter table plumbline.binning
  alter column kept_from set not null,
  add check (kept_from >= profiled_from);

create index cycle_by_model on plumbline.cycle (model_id, as_of);
create index cycle_by_binning on plumbline.cycle (binning_id);
