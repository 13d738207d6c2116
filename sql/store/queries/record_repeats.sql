-- Some prediction id was seen twice.
-- $1 bins
update plumbline.binning
set has_repeats = true
where binning_id = $1::bigint
