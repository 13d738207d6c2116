-- How much less the predictions of repeated customers tell, by version.
-- $1 cells
select model_version, specification, is_final, effects
from plumbline.design_effect
where binning_id = $1::bigint
