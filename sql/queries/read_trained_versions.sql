-- Jobs that succeeded, oldest first, with the versions that their trainers named.
-- $1 model number
select job_id, made_at, new_version, answer from plumbline.retraining_job
where model_id = $1::bigint::int and state = 'succeeded'
order by made_at, job_id
