-- Who is in another campaign, up to the horizon before or after.
left join (
  select distinct a.unit
  from assigned as a
  join (:others) as e on e.unit = a.unit
    and e.at > a.at - :horizon and e.at < a.at + :horizon and e.at < :as_of
) as elsewhere on elsewhere.unit = a.unit
