-- How many customers were there for the whole of a window, and how many of them were scored in it?
select count(*) as customers, count(s.entity) as scored
from (
  select distinct c.:customer as entity
  from :customers as c
  where c.:customer is not null and :since and :until and :present
) as c
left join (
  select distinct t.:entity as entity
  from :table as t
  where t.:time >= :from and t.:time < :to and :condition
) as s on s.entity = c.entity
