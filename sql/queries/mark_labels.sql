-- Labels have been counted as of a moment.
-- $1 cells, $2 the moment
update plumbline.binning
set labelled_as_of = $2::timestamptz
where binning_id = $1::bigint
