-- Labelled predictions of a range in order of version, customer and time, with when the label became known.
copy (
  select k.at, :version_out k.score, k.decision, k.label, k.known, hashtextextended(k.entity, 0) as customer
  from (
    select k.at, :version_out k.score, k.decision, k.entity::text:states
    from (:observed) as k
  ) as k(at, :version_name score, decision, entity, label, is_final, issues, known)
  where k.label is not null
  order by :version_out customer, k.at
) to stdout (format binary)
