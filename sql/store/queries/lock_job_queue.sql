-- Locks a model's queue of jobs for whoever makes one, and says whether it is paused.
-- $1 model number
with made as (
  insert into plumbline.job_queue (model_id) values ($1::bigint::int) on conflict do nothing)
select paused_by, pause_reason from plumbline.job_queue where model_id = $1::bigint::int for update
