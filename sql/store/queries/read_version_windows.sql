-- What was last said of the recall and calibration of a version's windows, oldest first.
-- $1 model name, $2 version
select f.check_name, f.window_from, f.window_to, f.value, f.interval_lower, f.interval_upper, f.sample
from plumbline.latest_finding f
where f.model = $1::text and f.model_version = $2::text and f.segment is null and f.value is not null
  and f.check_name in ('recall', 'calibration-level')
  and f.verdict not in ('immature', 'no_data', 'confounded')
order by f.window_to, f.window_from
