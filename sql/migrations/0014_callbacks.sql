-- What trainers say of their runs by calling back; only the newest word of each run counts.
create table plumbline.job_callback (
  job_id bigint not null references plumbline.retraining_job on delete cascade,
  -- The run's key.
  key text not null,
  body jsonb not null,
  received_at timestamptz not null default now(),
  primary key (job_id, key)
);
