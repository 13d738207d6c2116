-- What is known of a model's jobs and of the versions that came of them, newest first.
-- $1 model number
select j.made_at, j.state, j.model_version, j.job_id, j.remedy, j.new_version,
  v.model_version as made_version, v.state as version_state, v.reason as version_reason
from plumbline.retraining_job j
left join lateral (
  select v.model_version, v.state, v.reason from plumbline.model_version v
  where v.model_id = j.model_id and (v.job_id = j.job_id or v.model_version = j.new_version)
  order by v.job_id = j.job_id desc nulls last limit 1) as v on true
where j.model_id = $1::bigint::int
order by j.made_at desc, j.job_id desc limit 200
