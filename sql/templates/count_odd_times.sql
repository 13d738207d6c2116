-- Predictions without a time, and predictions later than now.
-- $1 now
select count(*) filter (where :time is null), count(*) filter (where :time > $1::timestamptz)
from :table
where (:time is null or :time > $1::timestamptz) and :condition
