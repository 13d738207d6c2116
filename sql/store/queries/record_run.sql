-- The trainer has begun a run; no row where another worker holds the job.
-- $1 job, $2 epoch, $3 the run, $4 the state of a job that runs
update plumbline.retraining_job set state = $4::text, external_run = $3::text
where job_id = $1::bigint and lease_epoch = $2::bigint and lease_until is not null
