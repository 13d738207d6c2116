-- How many customers were assigned on each day, and of how many the outcome is mature?
select ((at at time zone :zone)::date - date '1970-01-01')::bigint, count(*),
  count(*) filter (where at + :horizon <= :as_of)
from (
  select min(at) as at
  from (
    select :unit as unit, :assigned_at::timestamptz as at, :arm::text as arm
    from :assignments
    where :condition
  ) as a
  where unit is not null and at < :as_of and arm is not null
  group by unit
  having count(distinct arm) = 1
) as m
group by 1
order by 1
