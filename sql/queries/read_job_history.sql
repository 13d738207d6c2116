-- What is known of a model's jobs, newest first.
-- $1 model number
select made_at, state, model_version, job_id from plumbline.retraining_job
where model_id = $1::bigint::int
order by made_at desc, job_id desc limit 200
