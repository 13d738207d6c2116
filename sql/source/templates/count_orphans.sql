-- Outcomes that arrived in a range of time and whose prediction is not in the log.
select count(*) as rows
from :outcomes as o
where o.:outcome_time >= :from and o.:outcome_time < :to
  and not exists (select from :table as p where p.:id = o.:outcome_key)
