-- What could the last check not use?
-- $1 model name
select i.kind, i.subject, i.row_count, i.message
from plumbline.data_issue i
where i.check_run_id = (
  select c.check_run_id
  from plumbline.check_run c
  join plumbline.model m using (model_id)
  where m.name = $1::text
  order by c.as_of desc, c.check_run_id desc
  limit 1)
order by i.issue_id
