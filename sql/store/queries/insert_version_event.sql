-- Something was decided about a version.
-- $1 model number, $2 version, $3 state, $4 author, $5 reason, $6 the gate's evidence or null, $7 moment
insert into plumbline.version_event (model_id, model_version, state, author, reason, evidence, as_of)
values ($1::bigint::int, $2::text, $3::text, $4::text, $5::text, $6::jsonb, $7::timestamptz)
