-- What was last seen in a model's registry.
-- $1 model number
select champion, ours from plumbline.registry_mark where model_id = $1::bigint::int
