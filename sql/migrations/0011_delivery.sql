-- The outbox: what is to be told to whom, written with the change of state that it tells of.

create table plumbline.delivery (
  delivery_id bigint generated always as identity primary key,
  model_id int not null references plumbline.model,
  -- Null for notices of our own, such as that the budget of alerts is spent.
  alert_id bigint references plumbline.alert on delete cascade,
  channel text not null,
  status text not null check (status in ('firing', 'resolved')),
  severity text not null,
  -- By which the receiver drops repeats.
  key text not null,
  notice jsonb not null,
  state text not null default 'queued'
    check (state in ('queued', 'delivered', 'refused', 'expired')),
  attempts int not null default 0,
  next_at timestamptz not null default now(),
  -- Who works on it holds it until then; the number tells late answers of earlier holders.
  lease_until timestamptz,
  lease_epoch bigint not null default 0,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  outcome text,
  unique (channel, key),
  check ((state = 'queued') = (finished_at is null))
);

create index delivery_due on plumbline.delivery (next_at) where state = 'queued';
create index delivery_by_model on plumbline.delivery (model_id, channel, created_at);
create index delivery_by_alert on plumbline.delivery (alert_id, channel, delivery_id);

-- Every attempt and what came of it.
create table plumbline.delivery_attempt (
  attempt_id bigint generated always as identity primary key,
  delivery_id bigint not null references plumbline.delivery on delete cascade,
  attempted_at timestamptz not null default now(),
  is_delivered boolean not null,
  outcome text not null
);

create index delivery_attempt_by_delivery on plumbline.delivery_attempt (delivery_id);

-- How each channel does; while it is open nothing is tried.
create table plumbline.channel (
  channel text primary key,
  failures int not null default 0,
  open_until timestamptz,
  delivered_at timestamptz,
  failed_at timestamptz,
  last_error text
);
