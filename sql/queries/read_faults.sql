-- What did the last check leave out?
-- $1 model name
select f.kind, f.subject, f.row_count, f.message
from plumbline.fault f
where f.cycle_id = (
  select c.cycle_id
  from plumbline.cycle c
  join plumbline.model m using (model_id)
  where m.name = $1::text
  order by c.as_of desc, c.cycle_id desc
  limit 1)
order by f.fault_id
