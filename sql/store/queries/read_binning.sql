-- The newest bins of a model, with how far its buckets are closed and its labels counted.
-- $1 model name
select b.binning_id, b.number, b.fingerprint, b.definition, b.reference_rows, b.profiled_from,
  b.profiled_until, b.labelled_as_of, b.reason, b.created_at, b.labelled_until, b.settled_as_of,
  b.has_repeats, b.kept_from, b.base_from, b.base_to
from plumbline.binning b
join plumbline.model m using (model_id)
where m.name = $1::text
order by b.number desc
limit 1
