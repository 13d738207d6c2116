-- Renews the lease of a job; no row where another worker holds it.
-- $1 job, $2 epoch, $3 seconds, $4 the end of its log or null
update plumbline.retraining_job
set lease_until = now() + make_interval(secs => $3::float8), log_tail = coalesce($4::text, log_tail)
where job_id = $1::bigint and lease_epoch = $2::bigint and lease_until > now()
returning cancel_requested_by
