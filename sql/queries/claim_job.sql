-- Takes a job that is due, or that nobody renews; where its attempts are spent it is taken too, to be ended.
-- $1 owner, $2 seconds to hold it, $3 models, parted by commas
with due as materialized (
  select j.job_id from plumbline.retraining_job j join plumbline.model m using (model_id)
  where m.name = any(string_to_array($3::text, ','))
    and (j.state = 'queued' and j.not_before <= now()
      or j.state in ('submitting', 'running') and j.lease_until < now())
  order by j.not_before, j.job_id limit 1
  for update of j skip locked)
update plumbline.retraining_job j
set state = case when j.external_run is null then 'submitting' else 'running' end,
  attempts = j.attempts + case when j.state = 'queued' then 1 else 0 end,
  lease_owner = $1::text, lease_until = now() + make_interval(secs => $2::float8), lease_epoch = j.lease_epoch + 1,
  started_at = coalesce(j.started_at, now())
from due where j.job_id = due.job_id
returning j.job_id, (select name from plumbline.model m where m.model_id = j.model_id), j.attempts, j.max_attempts,
  j.lease_epoch, j.external_run, j.remedy, j.reason, j.model_version, j.task, j.cancel_asked_by, j.model_id,
  j.runs
