-- What is new is read by difference: each bucket knows which rows it was made of, labels are read by
-- when they arrived, and what changed afterwards is a revision.

-- Labels of buckets before labelled_until are counted. Outcomes that arrived before settled_as_of are
-- in label_bucket.counts for good; those from then to labelled_as_of are in label_bucket.recent and
-- are read again, since a transaction may commit late.
alter table plumbline.binning
  add column labelled_until timestamptz,
  add column settled_as_of timestamptz,
  -- Whether some prediction id was seen twice; then each id is used once.
  add column has_repeats boolean not null default false,
  add check ((labelled_until is null) = (settled_as_of is null));

-- Labels counted before there was a ledger are counted afresh.
update plumbline.binning set labelled_as_of = null;
delete from plumbline.label_bucket;

alter table plumbline.label_bucket
  add column predictions bigint not null check (predictions >= labelled),
  -- Predictions whose label can still come.
  add column open bigint not null check (open between 0 and predictions - labelled),
  -- The change since settled_as_of; null where there is none.
  add column recent bytea;

-- A closed bucket, empty ones too.
create table plumbline.bucket (
  binning_id bigint not null references plumbline.binning,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  -- Counts up each time the rows had changed and the profile was made anew.
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

insert into plumbline.bucket (binning_id, bucket_from, bucket_to)
select distinct binning_id, bucket_from, bucket_to from plumbline.feature_bucket;

-- Superseded revisions stay, for findings that were based on them, until their retention ends.
alter table plumbline.feature_bucket
  add column revision int not null default 0,
  drop constraint feature_bucket_pkey,
  add primary key (binning_id, bucket_from, revision, model_version, segment);

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
