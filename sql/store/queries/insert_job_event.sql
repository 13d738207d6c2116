-- Something happened to a job, or would have.
-- $1 model number, $2 job or null, $3 kind, $4 message, $5 moment of the check or null
insert into plumbline.retraining_event (model_id, job_id, kind, message, as_of)
values ($1::bigint::int, $2::bigint, $3::text, $4::text, $5::timestamptz)
