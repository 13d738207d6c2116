-- What a trainer reported last of a run.
-- $1 job, $2 key
select body from plumbline.job_callback where job_id = $1::bigint and key = $2::text
