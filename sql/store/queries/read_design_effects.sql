-- The design effects of repeated customers, by version.
-- $1 bins
select model_version, specification, is_final, effects
from plumbline.design_effect
where binning_id = $1::bigint
