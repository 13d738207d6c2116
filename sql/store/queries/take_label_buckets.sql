-- Takes buckets out, to be stored again with what is known now, and those with recent labels.
-- $1 bins, $2 their starts
delete from plumbline.label_bucket
where binning_id = $1::bigint
  and (recent is not null or bucket_from = any ($2::timestamptz[]))
returning model_version, segment, bucket_from, bucket_to, counts, recent, ages, recent_ages
