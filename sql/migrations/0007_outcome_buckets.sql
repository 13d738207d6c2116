-- What became of the predictions of each bucket, by feature: why recall moved is told from it.

create table plumbline.outcome_bucket (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  bucket_from timestamptz not null,
  bucket_to timestamptz not null,
  -- Churn is what was known of each prediction at this age.
  label_age interval not null,
  -- The rows and labels that it was made of; where they are others now it is made anew.
  revision integer not null,
  caught bigint not null check (caught >= 0),
  missed bigint not null check (missed >= 0),
  flagged bigint not null check (flagged >= 0),
  -- Packed counts by fate, subject and group.
  counts bytea not null,
  primary key (binning_id, model_version, bucket_from),
  check (bucket_from < bucket_to)
);

-- References that move with the windows are compared with in cells that do not: those of a base range.
alter table plumbline.binning
  add column base_from timestamptz,
  add column base_to timestamptz,
  add check ((base_from is null) = (base_to is null)),
  add check (base_from < base_to);

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
  -- Of which campaign and labels it was made; where they are others now it is made anew.
  specification text not null,
  is_final boolean not null,
  labelled bigint not null,
  positives bigint not null,
  primary key (binning_id, model_version, bucket_from, arm, stratum),
  check (bucket_from < bucket_to)
);
