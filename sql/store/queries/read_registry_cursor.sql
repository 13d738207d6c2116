-- How far a model's registry and its versions were in step at last.
-- $1 model number
select champion, ours from plumbline.registry_cursor where model_id = $1::bigint::int
