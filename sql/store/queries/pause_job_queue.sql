-- Pauses a model's queue of jobs, or resumes it where author and reason are null.
-- $1 model number, $2 author or null, $3 reason or null
insert into plumbline.job_queue (model_id, paused_at, paused_by, pause_reason)
values ($1::bigint::int, case when $2::text is not null then now() end, $2::text, $3::text)
on conflict (model_id) do update set
  paused_at = excluded.paused_at, paused_by = excluded.paused_by, pause_reason = excluded.pause_reason
