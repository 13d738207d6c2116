-- When were sampled predictions made, with which score, and is an outcome known that says yes?
select p.time, p.score, y.key is not null as is_positive
from (
  select s.:id as id, extract(epoch from s.:time)::float8 as time, s.:score::float8 as score
  from :sample as s
  where isfinite(s.:time) and s.:score is not null
) as p
left join (
  select distinct o.:outcome_key as key
  from :outcomes as o
  where o.:outcome_time is not null and not :negative
) as y on y.key = p.id
