-- Predictions, each id once: the earliest row of an id counts. Rows without an id stay.
(select * from (
   select distinct on (t.:id) t.*
   from :table as t
   where t.:id is not null and :condition
   order by t.:id, t.:time, t::text
 ) as first
 union all
 select t.* from :table as t where t.:id is null and :condition) as once
