-- Of which rows and labels were the outcomes by feature made, and which revision have the rows now?
-- $1 cells
select o.model_version, o.bucket_from, extract(epoch from o.label_age)::bigint, o.caught, o.missed,
  o.flagged, o.revision = b.revision
from plumbline.outcome_bucket o
join plumbline.bucket b using (binning_id, bucket_from)
where o.binning_id = $1::bigint
