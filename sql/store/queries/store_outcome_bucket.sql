-- Stores what became of the predictions of a bucket, in place of what was known before.
-- $1 bins, $2 version, $3 from, $4 to, $5 label age in seconds, $6 true positives,
-- $7 false negatives, $8 flagged, $9 counts
insert into plumbline.outcome_bucket (binning_id, model_version, bucket_from, bucket_to, label_age,
  revision, true_positives, false_negatives, flagged, counts)
select $1::bigint, $2, $3::timestamptz, $4::timestamptz, make_interval(secs => $5::bigint),
  b.revision, $6::bigint, $7::bigint, $8::bigint, $9::bytea
from plumbline.bucket b
where b.binning_id = $1::bigint and b.bucket_from = $3::timestamptz
on conflict (binning_id, model_version, bucket_from) do update
set label_age = excluded.label_age, revision = excluded.revision, true_positives = excluded.true_positives,
  false_negatives = excluded.false_negatives, flagged = excluded.flagged, counts = excluded.counts
