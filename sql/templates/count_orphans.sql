-- Outcomes whose prediction is not in the log.
select count(*)
from :outcomes as o
where :outcome_time < $1::timestamptz
  and not exists (select from :table as p where p.:id = o.:outcome_key)
