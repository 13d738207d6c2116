-- What training rows look like, by version and segment.
-- $1 bins
select model_version, segment, row_count, counts, out_of_range_sums
from plumbline.training_profile
where binning_id = $1::bigint
