-- How many predictions of a range are of a customer whom the same version has scored in the same bucket before?
select coalesce(sum(r.n - 1), 0)::bigint as repeats
from (
  select :counted as n
  from :table as t
  where t.:time >= :from and t.:time < :to and t.:entity is not null and :condition
  group by width_bucket(t.:time::timestamptz, :edges), :version t.:entity
  having count(*) > 1
) as r
