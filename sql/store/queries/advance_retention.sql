-- Buckets before a moment are kept no longer; changes nothing when the watermark is there already.
-- $1 bins, $2 the new watermark
update plumbline.binning
set kept_from = $2::timestamptz
where binning_id = $1::bigint and kept_from < $2::timestamptz
