-- On which day after their assignment did customers of each arm have the event, or were last seen without it?
:members
select m.arm,
  greatest(0, least(:days, floor(extract(epoch from coalesce(e.at, :as_of) - m.at) / 86400)))::bigint as day,
  count(e.at), count(*) - count(e.at)
from members as m
left join (
  select m.unit, min(o.at) as at
  from members as m
  join (
    select :metric_unit as unit, :metric_time as at, :metric_value as value from :metric_table
  ) as o on o.unit = m.unit and o.value and o.at > m.at and o.at <= m.at + :horizon and o.at < :as_of
  group by m.unit
) as e on e.unit = m.unit
where not m.is_in_two and not m.is_elsewhere
group by 1, 2
order by 1, 2
