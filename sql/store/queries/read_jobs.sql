-- Jobs, newest first.
-- $1 model name, empty for all, $2 job or null
select j.job_id, m.name, j.state, j.remedy, j.reason, j.model_version, j.made_at, j.author, j.not_before,
  j.attempts, j.max_attempts, j.external_run, j.cancel_requested_by, j.new_version, j.last_error, j.created_at,
  j.started_at, j.finished_at, j.log_tail, j.task, j.answer
from plumbline.retraining_job j join plumbline.model m using (model_id)
where ($1::text = '' or m.name = $1::text) and ($2::bigint is null or j.job_id = $2::bigint)
order by j.job_id desc
