-- Rows of a range of time whose prediction id another row has too.
select coalesce(sum(r.n - 1 + r.has_other::int), 0)::bigint as rows
from (
  select count(*) as n, exists (
      select from :table as q
      where q.:id = t.:id and (q.:time < :from or q.:time >= :to) and :condition) as has_other
  from :table as t
  where t.:time >= :from and t.:time < :to and t.:id is not null and :condition
  group by t.:id
) as r
