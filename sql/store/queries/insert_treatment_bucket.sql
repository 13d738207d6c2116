-- Stores the labels of one arm in a bucket.
-- $1 bins, $2 version, $3 from, $4 to, $5 arm, $6 stratum, $7 counts, $8 what the campaign is, $9 whether
-- labels are final, $10 labelled and $11 churners of the whole bucket
insert into plumbline.treatment_bucket (binning_id, model_version, bucket_from, bucket_to, arm, stratum,
  counts, specification, is_final, labelled, positives)
values ($1::bigint, $2::text, $3::timestamptz, $4::timestamptz, $5::text, $6::text, $7::bytea, $8::text,
  $9::boolean, $10::bigint, $11::bigint)
