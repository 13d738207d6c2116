-- How many days after the prediction do outcomes arrive? The newest 50,000 outcomes.
select
  percentile_cont(0.5) within group (order by l.days),
  percentile_cont(0.9) within group (order by l.days)
from (
  select (extract(epoch from o.:outcome_time - p.:time) / 86400)::float8 as days
  from (select * from :outcomes order by :outcome_time desc limit 50000) as o
  join :table as p on p.:id = o.:outcome_key
) as l
