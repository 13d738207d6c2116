-- Labels of buckets by their age, all rows together: final ones, and those since then.
-- $1 bins
select model_version, bucket_from, bucket_to, ages, recent_ages
from plumbline.label_bucket
where binning_id = $1::bigint and segment = ''
order by model_version, bucket_from
