-- What a trainer was sent of a job, for whoever calls back.
-- $1 job
select m.name, j.token, j.runs, j.task
from plumbline.retraining_job j join plumbline.model m using (model_id)
where j.job_id = $1::bigint
