-- Buckets up to a moment are closed; refuses when another run has moved the mark.
-- $1 cells, $2 the mark as it was read, $3 the new mark
update plumbline.binning
set profiled_until = $3::timestamptz
where binning_id = $1::bigint and profiled_until = $2::timestamptz
