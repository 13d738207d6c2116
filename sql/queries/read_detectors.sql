-- Where the detectors of decay stand.
-- $1 cells
select model_version, specification, advanced_until, state
from plumbline.detector
where binning_id = $1::bigint
