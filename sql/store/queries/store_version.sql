-- What is known of a version.
-- $1 model number, $2 version, $3 state, $4 since, $5 first score or null, $6 job or null, $7 evaluations, $8 reason
insert into plumbline.model_version (model_id, model_version, state, since, first_scored, job_id, evaluations, reason)
values ($1::bigint::int, $2::text, $3::text, $4::timestamptz, $5::timestamptz, $6::bigint, $7::bigint::int, $8::text)
on conflict (model_id, model_version) do update
set state = excluded.state, since = excluded.since, first_scored = excluded.first_scored, job_id = excluded.job_id,
  evaluations = excluded.evaluations, reason = excluded.reason
