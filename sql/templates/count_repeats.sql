-- Rows whose prediction id another row has too.
select coalesce(sum(n - 1), 0)::bigint
from (
  select count(*) as n
  from :table
  where :id is not null and :condition
  group by :id
  having count(*) > 1
) as r
