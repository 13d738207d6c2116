-- Why a model's last check could not detect decay before labels are final, for each version.
-- $1 model name, $2 check, $3 verdict
with last as (
  select c.check_run_id
  from plumbline.check_run c join plumbline.model m using (model_id)
  where m.name = $1::text and c.replay_id is null
  order by c.check_run_id desc limit 1)
select distinct on (f.model_version) f.model_version, f.reason
from plumbline.finding f join last using (check_run_id)
where f.segment is null and f.check_name = $2::text and f.verdict = $3::text
order by f.model_version, f.window_to desc
