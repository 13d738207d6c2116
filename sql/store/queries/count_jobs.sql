-- How many jobs a model has in each state.
-- $1 model name
select j.state, count(*) as jobs from plumbline.retraining_job j join plumbline.model m using (model_id)
where m.name = $1::text group by j.state order by j.state
