-- Jobs that succeeded, oldest first, with the versions that their trainers named.
-- $1 model number, $2 the state of a job that succeeded
select job_id, made_at, new_version, answer from plumbline.retraining_job
where model_id = $1::bigint::int and state = $2::text
order by made_at, job_id
