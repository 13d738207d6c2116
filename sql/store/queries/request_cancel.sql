-- An operator wants a job to end that a worker holds.
-- $1 job, $2 author
update plumbline.retraining_job set cancel_requested_by = $2::text
where job_id = $1::bigint and lease_until is not null
returning model_id
