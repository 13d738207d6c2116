-- Buckets up to a moment are closed; refuses when another run has moved the watermark.
-- $1 bins, $2 the watermark as it was read, $3 the new one
update plumbline.binning
set profiled_until = $3::timestamptz
where binning_id = $1::bigint and profiled_until = $2::timestamptz
