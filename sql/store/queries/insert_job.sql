-- A job; none where the same evaluation made one.
-- $1 model number, $2 key, $3 state, $4 remedy, $5 reason, $6 version, $7 alerts, $8 task, $9 made at, $10 author,
-- $11 not before or null, $12 attempts allowed
insert into plumbline.retraining_job (
  model_id, dedupe_key, state, remedy, reason, model_version, alerts, task, made_at, author, not_before, max_attempts)
values ($1::bigint::int, $2::text, $3::text, $4::text, $5::text, $6::text, $7::jsonb, $8::jsonb, $9::timestamptz,
  $10::text, coalesce($11::timestamptz, now()), $12::bigint::int)
on conflict (model_id, dedupe_key) do nothing
returning job_id
