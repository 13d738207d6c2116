-- A campaign in one pass: (0) sums over its customers by arm and tier, and by arm and each segment's levels, with what
-- each metric makes of them; (1) how many customers were assigned on each day, and how many are mature; (2) on
-- which day after their assignment customers of each arm had the event, or were last seen without it.
:members:metrics
select 0::bigint as part, m.arm, m.is_in_two, m.is_elsewhere, :which as number, :level as level,
  array[count(*), count(*) filter (where m.is_reached),
    count(*) filter (where m.is_reached and :mature), :cost:sums]::float8[] as figures
from members as m:joins
group by grouping sets (:sets)
union all
select 1, '', false, false, ((m.at at time zone :zone)::date - date '1970-01-01')::bigint, '',
  array[count(*), count(*) filter (where m.at + :horizon <= :as_of)]::float8[]
from members as m
where not m.is_in_two and not m.is_elsewhere
group by 5
:survival
order by 1, 2, 3, 4, 5, 6
