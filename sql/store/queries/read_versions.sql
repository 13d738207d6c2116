-- The versions of a model, in order of when they came to be known.
-- $1 model number
select v.model_version, v.state, v.since, v.first_scored, v.job_id, v.evaluations, v.reason
from plumbline.model_version v
where v.model_id = $1::bigint::int
order by coalesce(v.first_scored, v.since), v.model_version
