-- Predictions with what their outcomes said, one row each.
select :observed_columns:known
from (:predictions) as p
left join (
  select :outcome_key as key, :outcome_time as at,
    coalesce(:positive, false) as positive, coalesce(:negative, false) as negative
  from :outcomes
  where :outcome_time < :as_of:outcome_reach
) as o on :match
where :observed_condition
group by :observed_columns
