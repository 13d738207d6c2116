-- Locks a model's jobs for who makes one, and says whether they are paused.
-- $1 model number
with made as (
  insert into plumbline.retraining_gate (model_id) values ($1::bigint::int) on conflict do nothing)
select paused_by, pause_reason from plumbline.retraining_gate where model_id = $1::bigint::int for update
