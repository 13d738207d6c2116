-- What happened, in a person's words, and past time run as if it were live.

-- An event on the time axis of a model: a price change, an outage.
create table plumbline.note (
  note_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  happened_at timestamptz not null,
  -- Its end, where it lasted.
  happened_until timestamptz,
  text text not null,
  author text not null,
  created_at timestamptz not null default now(),
  check (happened_at <= happened_until)
);

create index note_by_model on plumbline.note (model_id, happened_at);

create table plumbline.replay (
  replay_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  replay_from timestamptz not null,
  replay_to timestamptz not null,
  step text not null,
  -- What decided the outcome, cells and rules, as a hash; another one is another replay.
  digest bigint not null,
  -- The last moment that was checked; an interrupted replay goes on from there.
  done_until timestamptz,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  check (replay_from <= replay_to)
);

-- The replay that a cycle belongs to; null for one made at its own time.
alter table plumbline.cycle add column replay_id bigint references plumbline.replay;
