-- What happened, oldest first.
-- $1 model name, empty for all, $2 job or null, $3 how many of the newest
select job_id, kind, message, as_of, happened_at from (
  select e.event_id, e.job_id, e.kind, e.message, e.as_of, e.happened_at
  from plumbline.retraining_event e join plumbline.model m using (model_id)
  where ($1::text = '' or m.name = $1::text) and ($2::bigint is null or e.job_id = $2::bigint)
  order by e.event_id desc limit $3::bigint) as newest
order by event_id
