-- Past time is about to be run as if live; an unfinished run of the same is continued.
-- $1 model number, $2 from, $3 to, $4 step, $5 digest of what decides the outcome
with unfinished as (
  select replay_id, done_until
  from plumbline.replay
  where model_id = $1::bigint::int and replay_from = $2::timestamptz and replay_to = $3::timestamptz
    and step = $4::text and digest = $5::bigint and finished_at is null
  order by replay_id desc
  limit 1
), begun as (
  insert into plumbline.replay (model_id, replay_from, replay_to, step, digest)
  select $1::bigint::int, $2::timestamptz, $3::timestamptz, $4::text, $5::bigint
  where not exists (select from unfinished)
  returning replay_id, done_until
)
select replay_id, done_until from unfinished
union all
select replay_id, done_until from begun
