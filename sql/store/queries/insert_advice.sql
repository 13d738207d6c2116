-- What to do about a version.
-- $1 check run, $2 version, $3 action, $4 reason, $5 and $6 the map's intercept and slope, or null, $7 and $8 the
-- check and subject that it rests on, or null, $9 the first predictions concerned, or null, $10 what else was wrong,
-- $11 whether nothing could be evaluated
insert into plumbline.advice (check_run_id, model_version, action, reason, intercept, slope, check_name, subject,
  onset, set_aside, is_blind)
values ($1::bigint, $2::text, $3::text, $4::text, $5::float8, $6::float8, $7::text, $8::text, $9::timestamptz,
  $10::jsonb, $11::boolean)
