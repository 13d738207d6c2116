-- How much less predictions of customers who are scored again and again tell than those of others, by
-- version and kind of window.
create table plumbline.design_effect (
  binning_id bigint not null references plumbline.binning,
  model_version text not null,
  -- Of which reference, windows and label age it was made; where they are others now it is made anew.
  specification text not null,
  -- Whether all labels of the reference were final.
  is_final boolean not null,
  -- By kind of window and check.
  effects jsonb not null,
  primary key (binning_id, model_version)
);

-- How many customers there were in a window, and how many of them were scored in it.
create table plumbline.coverage (
  binning_id bigint not null references plumbline.binning,
  window_from timestamptz not null,
  window_to timestamptz not null,
  -- Of which table of customers; figures of another are not read.
  specification text not null,
  customers bigint not null check (customers >= 0),
  scored bigint not null check (scored between 0 and customers),
  primary key (binning_id, window_from, window_to),
  check (window_from < window_to)
);

-- What training rows look like, for models whose reference is a training table.
create table plumbline.training_profile (
  binning_id bigint not null references plumbline.binning,
  -- Empty where the table does not tell versions apart.
  model_version text not null,
  -- 'column=level', or '' for all rows.
  segment text not null,
  row_count bigint not null check (row_count >= 0),
  counts bytea not null,
  guard_sums jsonb,
  primary key (binning_id, model_version, segment)
);
