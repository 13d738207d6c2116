-- Labelled predictions of a range in order of version, customer and time, with when the label became known.
copy (
  select k.at, :version_out k.score, k.decision, k.label, k.known, hashtextextended(k.entity, 0) as customer
  from (
    select k.at, :version_out k.score, k.decision, k.entity:states
    from (
      select p.at, :version_group p.score, p.decision, p.entity::text as entity:known
      from (:predictions) as p
      left join (
        select :outcome_key as key, :outcome_time as at,
          coalesce(:positive, false) as positive, coalesce(:negative, false) as negative
        from :outcomes
        where :outcome_time < :as_of
      ) as o on :match
      where p.entity is not null
      group by p.id, p.at, :version_group p.score, p.decision, p.entity
    ) as k
  ) as k(at, :version_name score, decision, entity, label, is_final, issues, known)
  where k.label is not null
  order by :version_out customer, k.at
) to stdout (format binary)
