-- The rows to learn from: features as they were at scoring time, with labels that are final. Customers who were treated
-- are there with the weight 0, since what they did says what the treatment did; those of the hold-out stand for them, each
-- for as many as were assigned in its stratum. No customer is named.
select :features, l.label::int as label, l.arm,
  case l.arm
    when 'none' then 1.0
    when 'control' then count(*) over (partition by l.stratum, l.arm <> 'none')::float8
      / count(*) over (partition by l.stratum, l.arm)
    else 0.0
  end as weight,
  t.:time::timestamptz as predicted_at
from (select * from :source where :time >= :from and :time < :to:filter) as t
join (
  select k.id, k.at, :arm as arm, :stratum as stratum, k.label
  from (
    select k.id, k.at, k.version:states
    from (:observed) as k
  ) as k(id, at, version, label, is_final, issues, known)
  -- Labels that are final early are mostly of churners.
  where k.label is not null and k.at < :as_of - :horizon
) as l on l.id = t.:id and l.at = t.:time::timestamptz
order by predicted_at, md5(l.id::text)
