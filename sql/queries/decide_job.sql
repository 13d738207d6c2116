-- A person's decision on a job that nobody works on; no row where it is in another state.
-- $1 job, $2 state that it must be in, $3 its new state, $4 error or null
update plumbline.retraining_job
set state = $3::text, last_error = coalesce($4::text, last_error),
  max_attempts = case when $3::text = 'queued' then greatest(max_attempts, attempts + 1) else max_attempts end,
  not_before = case when $2::text = 'failed' then now() else not_before end,
  -- A run that may still go on is looked at again, not begun anew.
  runs = runs + case when $2::text = 'failed' and run_ended then 1 else 0 end,
  external_run = case when $2::text = 'failed' and run_ended then null else external_run end,
  run_ended = false,
  cancel_asked_by = case when $2::text = 'failed' then null else cancel_asked_by end,
  finished_at = case when $3::text in ('cancelled', 'rejected') then now() end
where job_id = $1::bigint and state = $2::text
returning model_id
