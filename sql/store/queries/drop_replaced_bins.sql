-- Deletes the buckets of bins that were replaced before a moment; the bins themselves too where no
-- check run names them.
-- $1 model number, $2 the moment
with replaced as materialized (
  select binning_id
  from (
    select binning_id, lead(created_at) over (order by number) as replaced_at
    from plumbline.binning
    where model_id = $1::bigint::int
  ) b
  where replaced_at < $2::timestamptz
), buckets as (
  delete from plumbline.bucket where binning_id in (select binning_id from replaced)
), features as (
  delete from plumbline.feature_bucket where binning_id in (select binning_id from replaced)
), labels as (
  delete from plumbline.label_bucket where binning_id in (select binning_id from replaced)
), outcomes as (
  delete from plumbline.outcome_bucket where binning_id in (select binning_id from replaced)
), treatments as (
  delete from plumbline.treatment_bucket where binning_id in (select binning_id from replaced)
), revisions as (
  delete from plumbline.revision where binning_id in (select binning_id from replaced)
), detectors as (
  delete from plumbline.detector where binning_id in (select binning_id from replaced)
), effects as (
  delete from plumbline.design_effect where binning_id in (select binning_id from replaced)
), coverages as (
  delete from plumbline.coverage where binning_id in (select binning_id from replaced)
), trainings as (
  delete from plumbline.training_profile where binning_id in (select binning_id from replaced)
), label_arrivals as (
  delete from plumbline.label_arrival where binning_id in (select binning_id from replaced)
), arrivals as (
  delete from plumbline.arrival where binning_id in (select binning_id from replaced)
)
delete from plumbline.binning b
where binning_id in (select binning_id from replaced)
  and not exists (select from plumbline.check_run c where c.binning_id = b.binning_id)
