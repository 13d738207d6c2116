-- Which outcomes have been counted, by the time in which they arrived?
-- $1 bins, $2 from
select arrival_from, arrival_to, outcome_count, outcome_digest
from plumbline.arrival
where binning_id = $1::bigint and arrival_from >= $2::timestamptz
order by arrival_from
