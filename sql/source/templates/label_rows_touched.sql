-- Predictions of a range of time whose label may differ between two moments: their horizon passed, or
-- an outcome of theirs arrived.
with arrived as materialized (
  select distinct o.:outcome_key as plumbline_key
  from :outcomes as o
  where o.:outcome_time >= :before and o.:outcome_time < :as_of
)
select :columns
from :source
where :time >= :from and :time < :to and :score between 0 and 1:filter
  and :time > :before - :horizon and :time <= :as_of - :horizon
union all
select :columns
from :source
where :time >= :from and :time < :to and :score between 0 and 1:filter
  and not (:time > :before - :horizon and :time <= :as_of - :horizon):in_reach
  and :key in (select plumbline_key from arrived)
