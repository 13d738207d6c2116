-- Buckets before a moment are kept no longer; changes nothing when the mark is there already.
-- $1 cells, $2 the new mark
update plumbline.binning
set kept_from = $2::timestamptz
where binning_id = $1::bigint and kept_from < $2::timestamptz
