-- An operator's decision on a job that no worker holds; no row where it is in another state.
-- $1 job, $2 state that it must be in, $3 its new state, $4 error or null, $5 whether a failed job is tried again,
-- $6 whether the job is over now
update plumbline.retraining_job
set state = $3::text, last_error = coalesce($4::text, last_error),
  max_attempts = case when $5::boolean then greatest(max_attempts, attempts + 1) else max_attempts end,
  not_before = case when $5::boolean then now() else not_before end,
  -- A run that may still go on is watched again, not begun again.
  runs = runs + case when $5::boolean and run_ended then 1 else 0 end,
  external_run = case when $5::boolean and run_ended then null else external_run end,
  run_ended = false,
  cancel_requested_by = case when $5::boolean then null else cancel_requested_by end,
  finished_at = case when $6::boolean then now() end
where job_id = $1::bigint and state = $2::text
returning model_id
