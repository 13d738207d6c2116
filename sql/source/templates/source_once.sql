-- Predictions of a range of time, each id once: the earliest row of an id counts, of several of one
-- time the first as a text, which is made of those only. Rows without an id stay.
(select * from (
   select distinct on (t.:id) t.*
   from :table as t
   where t.:time >= :from and t.:time < :to and t.:id is not null and :condition
     and not exists (
       select from :table as q where q.:id = t.:id and q.:time < t.:time and :condition)
   order by t.:id, t.:time,
     case when count(*) over (partition by t.:id, t.:time) > 1 then t::text end
 ) as first
 union all
 select t.* from :table as t
 where t.:time >= :from and t.:time < :to and t.:id is null and :condition) as once
