-- Of which rows and labels were the outcomes by feature made, and which revision have the rows now?
-- $1 bins
select o.model_version, o.bucket_from, extract(epoch from o.label_age)::bigint as label_age,
  o.true_positives, o.false_negatives, o.flagged, o.revision = b.revision as is_current
from plumbline.outcome_bucket o
join plumbline.bucket b using (binning_id, bucket_from)
where o.binning_id = $1::bigint
