-- How many customers were assigned on each day, and of how many the outcome is mature?
:members
select ((at at time zone :zone)::date - date '1970-01-01')::bigint, count(*),
  count(*) filter (where at + :horizon <= :as_of)
from members
where not is_in_two and not is_elsewhere
group by 1
order by 1
