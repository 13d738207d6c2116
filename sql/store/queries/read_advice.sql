-- What did a model's last check advise?
-- $1 model name
with last as (
  select c.check_run_id, c.as_of
  from plumbline.check_run c join plumbline.model m using (model_id)
  where m.name = $1::text and c.replay_id is null
  order by c.as_of desc, c.check_run_id desc limit 1)
select a.model_version, last.as_of, a.action, a.reason, a.intercept, a.slope, a.check_name, a.subject, a.onset,
  a.set_aside, a.is_blind, a.decision
from plumbline.advice a join last using (check_run_id)
order by a.model_version
