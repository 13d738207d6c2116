-- Campaigns: every look at one, so that the chance of a false alarm stays what was promised, and what was decided.

create table plumbline.campaign_look (
  look_id bigint generated always as identity primary key,
  campaign text not null,
  looked_at timestamptz not null,
  kind text not null check (kind in ('planned', 'unplanned')),
  -- Mature customers, and those over the planned ones.
  matured bigint not null check (matured >= 0),
  fraction double precision not null check (fraction >= 0),
  -- By treated arm, the difference on the primary metric in standard errors; customers assigned by arm.
  scores jsonb not null,
  assigned jsonb not null,
  -- What the primary metric was.
  metric text not null,
  verdict text not null,
  software text not null
);
create index on plumbline.campaign_look (campaign, looked_at);

create table plumbline.campaign_decision (
  decision_id bigint generated always as identity primary key,
  campaign text not null,
  decided_at timestamptz not null,
  decision text not null check (decision in ('roll-out', 'target', 'keep-running', 'stop')),
  -- What the data advised.
  verdict text not null,
  author text not null,
  -- Who agreed; needed where the decision is another one than the verdict.
  second_author text,
  reason text not null,
  -- The net benefit that was forecast, with its interval; null without money.
  net double precision,
  net_lower double precision,
  net_upper double precision,
  -- The sums that the decision rests on; no customer is in them.
  input jsonb not null,
  software text not null,
  check ((net is null) = (net_lower is null) and (net is null) = (net_upper is null))
);
create index on plumbline.campaign_decision (campaign, decided_at);
