-- What was decided about versions, oldest first.
-- $1 model number, $2 version, empty for all
select model_version, state, author, reason, evidence, as_of from plumbline.version_event
where model_id = $1::bigint::int and ($2::text = '' or model_version = $2::text)
order by event_id
