-- What training rows look like, by version and segment.
-- $1 cells
select model_version, segment, row_count, counts, guard_sums
from plumbline.training_profile
where binning_id = $1::bigint
