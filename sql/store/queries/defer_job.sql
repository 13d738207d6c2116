-- What became of a run is not known now: the job stays as it is, and is tried again later.
-- $1 job, $2 epoch, $3 error, $4 seconds
update plumbline.retraining_job
set last_error = $3::text, lease_until = now() + make_interval(secs => $4::float8)
where job_id = $1::bigint and lease_epoch = $2::bigint and lease_until is not null
