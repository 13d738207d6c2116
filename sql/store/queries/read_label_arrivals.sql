-- How many outcomes arrived on each local day?
-- $1 bins
select (day - date '1970-01-01')::bigint as day, positives, negatives
from plumbline.label_arrival
where binning_id = $1::bigint
order by day
