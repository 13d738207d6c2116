-- The states of the detectors of decay.
-- $1 bins
select model_version, specification, advanced_until, state
from plumbline.detector
where binning_id = $1::bigint
