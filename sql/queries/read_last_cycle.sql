-- When was a model last checked, as of which moment?
-- $1 model name
select c.as_of, c.finished_at
from plumbline.cycle c
join plumbline.model m using (model_id)
where m.name = $1::text
order by c.cycle_id desc
limit 1
