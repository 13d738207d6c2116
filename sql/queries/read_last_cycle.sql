-- As of which moment was a model checked, and when? The latest such moment.
-- $1 model name
select c.as_of, c.finished_at
from plumbline.cycle c
join plumbline.model m using (model_id)
where m.name = $1::text
order by c.as_of desc, c.cycle_id desc
limit 1
