-- Wakes workers that listen for jobs.
-- $1 job, as text
select pg_notify('plumbline_job', $1::text)
