-- Predictions without a time, predictions later than now, predictions without an id. What cannot
-- be is not searched for, so that an index on the time suffices.
-- $1 now
select count(*) filter (where :time_missing) as without_time,
  count(*) filter (where :time > $1::timestamptz) as in_future,
  count(*) filter (where :id_missing) as without_id
from :table
where (:time > $1::timestamptz or :time_missing or :id_missing) and :condition
