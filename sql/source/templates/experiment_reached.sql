-- Who was reached, after the assignment where it is known when.
left join (
  select distinct a.unit
  from assigned as a
  join :exposures as e on e.:unit = a.unit:within
) as reached on reached.unit = a.unit
