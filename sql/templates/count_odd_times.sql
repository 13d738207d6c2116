-- Predictions without a time, predictions later than now, predictions without an id.
-- $1 now
select count(*) filter (where :time is null), count(*) filter (where :time > $1::timestamptz),
  count(*) filter (where :id is null)
from :table
where (:time is null or :time > $1::timestamptz or :id is null) and :condition
