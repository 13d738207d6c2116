-- On which day after their assignment did customers of each arm have the event, or were last seen without it?
union all
select 2, m.arm, false, false,
  greatest(0, least(:days, floor(extract(epoch from coalesce(e.first, :as_of) - m.at) / 86400)))::bigint, '',
  array[count(e.first), count(*) - count(e.first)]::float8[]
from members as m
left join metric_0 as e on e.unit = m.unit
where not m.is_in_two and not m.is_elsewhere
group by 2, 5
