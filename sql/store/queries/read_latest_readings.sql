-- The readings of a model's last check on all rows: of each version, kind of window, check and subject the newest window
-- that has a value.
-- $1 model name, $2 verdict on what is provisional
with last as (
  select c.check_run_id
  from plumbline.check_run c join plumbline.model m using (model_id)
  where m.name = $1::text and c.replay_id is null
  order by c.check_run_id desc limit 1)
select distinct on (f.model_version, f.window_kind, f.check_name, f.subject)
  f.model_version, f.window_kind, f.check_name, f.subject, f.value, f.reference, f.sample, f.window_to,
  f.verdict <> $2::text as is_mature
from plumbline.finding f join last using (check_run_id)
where f.segment is null and f.value is not null
order by f.model_version, f.window_kind, f.check_name, f.subject, f.window_to desc
