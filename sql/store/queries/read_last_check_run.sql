-- As of which moment was a model checked? The latest such moment.
-- $1 model name
select c.as_of
from plumbline.check_run c
join plumbline.model m using (model_id)
where m.name = $1::text
order by c.as_of desc, c.check_run_id desc
limit 1
