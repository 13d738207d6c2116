-- How many customers were scored, by window.
-- $1 bins, $2 specification
select window_from, window_to, customers, scored
from plumbline.coverage
where binning_id = $1::bigint and specification = $2::text
