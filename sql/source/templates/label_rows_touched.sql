-- Predictions of a range of time whose label may differ between two moments: their horizon passed, or
-- an outcome of theirs arrived.
with arrived as materialized (
  select distinct o.:outcome_key as plumbline_key
  from :outcomes as o
  where o.:outcome_time >= :before and o.:outcome_time < :as_of
), scored as :materialized (
  select :columns, :time as plumbline_time, :key as plumbline_key
  from :source
  where :time >= :from and :time < :to and :score between 0 and 1:filter
)
select * from scored
where plumbline_time >= :before - :horizon and plumbline_time < :as_of - :horizon
union all
select * from scored
where not (plumbline_time >= :before - :horizon and plumbline_time < :as_of - :horizon):in_reach
  and plumbline_key in (select plumbline_key from arrived)
