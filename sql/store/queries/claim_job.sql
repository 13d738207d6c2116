-- Takes a job that is due, or whose lease has ended. A run that is bound to another machine is left to that machine's workers
-- until its time is over.
-- $1 owner, $2 seconds of the lease, $3 models; $4 those of them of which no new run may begin now; $5 those
-- of them whose runs are bound to a machine; $6 this machine, $7 seconds after which a run of another machine is over;
-- the states of a job: $8 that waits, $9 without a known run, $10 with one
with due as materialized (
  select j.job_id from plumbline.retraining_job j join plumbline.model m using (model_id)
  where m.name = any($3::text[])
    and (j.state = $8::text and j.not_before <= now() and m.name <> all($4::text[])
      or j.lease_until < now())
    and (j.external_run is null or m.name <> all($5::text[])
      or starts_with(j.external_run, $6::text || '/')
      or j.started_at < now() - make_interval(secs => $7::float8))
  order by j.not_before, j.job_id limit 1
  for update of j skip locked)
update plumbline.retraining_job j
set state = case when j.external_run is null then $9::text else $10::text end,
  attempts = j.attempts + case when j.state = $8::text then 1 else 0 end,
  lease_owner = $1::text, lease_until = now() + make_interval(secs => $2::float8), lease_epoch = j.lease_epoch + 1,
  started_at = coalesce(j.started_at, now())
from due where j.job_id = due.job_id
returning j.job_id, (select name from plumbline.model m where m.model_id = j.model_id) as model, j.attempts,
  j.max_attempts, j.lease_epoch, j.external_run, j.task, j.cancel_requested_by, j.model_id, j.runs, j.token,
  extract(epoch from now() - j.started_at)::float8 as age
