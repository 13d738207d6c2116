-- A person wants a job to end that somebody works on.
-- $1 job, $2 author
update plumbline.retraining_job set cancel_asked_by = $2::text
where job_id = $1::bigint and state in ('submitting', 'running')
returning model_id
