-- Predictions whose version tells the customer's arm and stratum too: of all assignments from which the outcome can
-- have changed. Who was ever in another arm than the control was treated.
select q.id, q.at, q.entity, q.score, q.decision,
  :version || chr(31)
    || case when count(m.arm) = 0 then 'none' when bool_and(m.arm = :control) then 'control' else 'treated' end
    || chr(31) || coalesce(min(m.stratum), '') as version:segments
from (:predictions) as q
left join (
  select :unit as unit, :arm::text as arm, :assigned_at::timestamptz as at, :stratum as stratum
  from :assignments
  where :condition
) as m on m.unit = q.entity and m.arm is not null and m.at > q.at - :lasting and m.at <= q.at + :horizon
  and m.at < :as_of
group by q.id, q.at, q.entity, q.score, q.decision:version_group:segments
