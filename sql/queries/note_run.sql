-- The trainer has it; no row where somebody else has the job.
-- $1 job, $2 epoch, $3 the run
update plumbline.retraining_job set state = 'running', external_run = $3::text
where job_id = $1::bigint and lease_epoch = $2::bigint and state in ('submitting', 'running')
