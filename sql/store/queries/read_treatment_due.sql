-- Of which buckets must be found out who was treated: those whose labels are final or of an age, unless that was
-- done with the same labels.
-- $1 bins, $2 what the campaign is, $3 end of buckets whose labels are of age
select l.model_version, l.bucket_from, l.bucket_to, l.labelled, l.positives, l.open = 0 as is_final
from plumbline.label_bucket l
join plumbline.binning b using (binning_id)
where l.binning_id = $1::bigint and l.segment = '' and l.predictions > 0
  and l.bucket_from >= b.kept_from and (l.open = 0 or l.bucket_to <= $3::timestamptz)
  and not exists (
    select from plumbline.treatment_bucket t
    where t.binning_id = l.binning_id and t.model_version = l.model_version
      and t.bucket_from = l.bucket_from and t.specification = $2::text
      and case when l.open = 0
        then t.is_final and t.labelled = l.labelled and t.positives = l.positives
        else not t.is_final end)
order by l.bucket_from, l.model_version
