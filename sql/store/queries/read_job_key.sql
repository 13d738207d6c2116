-- The job that a key made.
-- $1 model number, $2 key
select job_id from plumbline.retraining_job where model_id = $1::bigint::int and dedupe_key = $2::text
