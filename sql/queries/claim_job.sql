-- Takes a job that is due, or that nobody renews. A run that is bound to another machine is left to that machine's workers
-- until its time is over.
-- $1 owner, $2 seconds to hold it, $3 models, parted by commas; $4 those of them of which no new run may begin now; $5 those
-- of them whose runs are bound to a machine; $6 this machine, $7 seconds after which a run of another machine is over
with due as materialized (
  select j.job_id from plumbline.retraining_job j join plumbline.model m using (model_id)
  where m.name = any(string_to_array($3::text, ','))
    and (j.state = 'queued' and j.not_before <= now() and m.name <> all(string_to_array($4::text, ','))
      or j.state in ('submitting', 'running') and j.lease_until < now())
    and (j.external_run is null or m.name <> all(string_to_array($5::text, ','))
      or starts_with(j.external_run, $6::text || '/')
      or j.started_at < now() - make_interval(secs => $7::float8))
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
  j.runs, j.token, extract(epoch from now() - j.started_at)::float8
