-- What to do about a version.
-- $1 cycle, $2 version, $3 action, $4 reason, $5 and $6 the map's intercept and slope, or null
insert into plumbline.advice (cycle_id, model_version, action, reason, intercept, slope)
values ($1::bigint, $2::text, $3::text, $4::text, $5::float8, $6::float8)
