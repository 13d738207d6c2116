-- The end of an attempt, or of the job; no row where another worker holds it.
-- $1 job, $2 epoch, $3 state, $4 error or null, $5 new version or null, $6 answer or null,
-- $7 seconds until the next attempt, $8 the end of its log or null, $9 whether its run is known to have ended,
-- $10 whether it is tried again
update plumbline.retraining_job
set state = $3::text, last_error = coalesce($4::text, last_error), new_version = $5::text, answer = $6::jsonb,
  runs = runs + case when $10::boolean and $9::boolean then 1 else 0 end,
  external_run = case when $10::boolean and $9::boolean then null else external_run end,
  run_ended = not $10::boolean and $9::boolean,
  lease_owner = null, lease_until = null, log_tail = coalesce($8::text, log_tail),
  not_before = case when $10::boolean then now() + make_interval(secs => $7::float8) else not_before end,
  finished_at = case when $10::boolean then null else now() end
where job_id = $1::bigint and lease_epoch = $2::bigint and lease_until is not null
