-- Predictions with what was known of their outcomes at one moment, or at two.
copy (
  select k.at, :version_out k.score, k.decision:states:segments_out
  from (
    select p.at, :version_group p.score, p.decision:segments_group:known
    from (:predictions) as p
    left join (
      select :outcome_key as key, :outcome_time as at,
        coalesce(:positive, false) as positive, coalesce(:negative, false) as negative
      from :outcomes
      where :outcome_time < :as_of
    ) as o on :match
    group by p.id, p.at, :version_group p.score, p.decision:segments_group
  ) as k
) to stdout (format binary)
