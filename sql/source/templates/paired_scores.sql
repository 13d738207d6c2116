-- Final labels with the scores of two versions: of customers whom both scored in one bucket side by side, of others
-- alone. Customers whom a campaign treated are left out: what they did says what the treatment did.
copy (
  with labelled as materialized (
    select distinct on (k.version, k.entity, k.bucket) k.version, k.entity, k.bucket, k.score, k.label:segments_out
    from (
      select k.at, k.version, k.score, k.entity::text, width_bucket(k.at, :edges) as bucket:segments_out:states
      from (:observed) as k
    ) as k(at, version, score, entity, bucket:segments_names, label, is_final, issues, known)
    where k.label is not null and k.at < :as_of - :horizon and k.entity is not null
    order by k.version, k.entity, k.bucket, k.at
  )
  select a.score, b.score, coalesce(a.label, b.label), hashtextextended(coalesce(a.entity, b.entity), 0):segments_either
  from (select * from labelled where version = :champion) as a
  full join (select * from labelled where version = :challenger) as b
    on b.entity = a.entity and b.bucket = a.bucket
  where a.label is null or b.label is null or a.label = b.label
  order by 4, 1, 2
) to stdout (format binary)
