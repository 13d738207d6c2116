-- How far a model's alerts have come.
-- $1 model number
select revision, as_of from plumbline.alert_revision where model_id = $1::bigint::int
