-- The model's number; a new model gets one.
-- $1 name
with added as (
  insert into plumbline.model (name)
  values ($1::text)
  on conflict (name) do nothing
  returning model_id
)
select model_id from added
union all
select model_id from plumbline.model where name = $1::text
limit 1
