-- On which day was what predicted whose outcome says yes, and after how many days did it arrive? The
-- newest 100,000 such outcomes.
select floor(extract(epoch from a.predicted) / 86400)::bigint as day,
  greatest(1, ceil(extract(epoch from a.arrived - a.predicted) / 86400))::bigint as age,
  count(*) as churners, min(floor(extract(epoch from a.arrived) / 86400))::bigint as first_arrival,
  max(floor(extract(epoch from a.arrived) / 86400))::bigint as last_arrival
from (
  select p.:time as predicted, min(n.arrived) as arrived
  from (
    select o.:outcome_key as key, o.:outcome_time as arrived
    from :outcomes as o
    where o.:outcome_time is not null and isfinite(o.:outcome_time) and not :negative
    order by o.:outcome_time desc
    limit 100000
  ) as n
  join :table as p on p.:id = n.key
  where isfinite(p.:time)
  group by p.:id, p.:time
) as a
group by 1, 2
