-- What to do about a version.
-- $1 check run, $2 version, $3 action, $4 reason, $5 and $6 the map's intercept and slope, or null
insert into plumbline.advice (check_run_id, model_version, action, reason, intercept, slope)
values ($1::bigint, $2::text, $3::text, $4::text, $5::float8, $6::float8)
