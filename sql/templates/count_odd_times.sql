-- Predictions without a time, predictions later than now, predictions without an id. What cannot
-- be is not looked for, so that an index on the time suffices.
-- $1 now
select count(*) filter (where :time_missing), count(*) filter (where :time > $1::timestamptz),
  count(*) filter (where :id_missing)
from :table
where (:time > $1::timestamptz or :time_missing or :id_missing) and :condition
