-- What was seen: models, frozen binnings, and counts per bucket. No row of the customers' tables
-- and no key of a customer is kept.

create table plumbline.model (
  model_id int generated always as identity primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);

-- A reference that a person chose by command; the newest one of a model holds before the
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

-- Cells frozen from a reference. Never updated but for the marks of progress.
create table plumbline.binning (
  binning_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  number int not null,
  -- What decided the cells; another fingerprint asks for new cells.
  fingerprint text not null,
  definition jsonb not null,
  reference_rows bigint not null check (reference_rows >= 0),
  -- Buckets in [profiled_from, profiled_until) are closed: their counts are final.
  profiled_from timestamptz not null,
  profiled_until timestamptz not null,
  -- The moment as of which labels were last counted.
  labelled_as_of timestamptz,
  reason text not null,
  created_at timestamptz not null default now(),
  unique (model_id, number),
  check (profiled_from <= profiled_until)
);

create table plumbline.feature_bucket (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  -- 'column=level', or '' for all rows.
  segment text not null,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  row_count bigint not null check (row_count >= 0),
  counts bytea not null,
  guard_sums jsonb,
  primary key (binning_id, model_version, segment, bucket_from),
  check (bucket_from < bucket_to)
);

create table plumbline.label_bucket (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  segment text not null,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  labelled bigint not null check (labelled >= 0),
  positives bigint not null check (positives between 0 and labelled),
  counts bytea not null,
  primary key (binning_id, model_version, segment, bucket_from),
  check (bucket_from < bucket_to)
);
