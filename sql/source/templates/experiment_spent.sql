-- What was spent on each customer.
, spent as (
  select :unit as unit,
    sum(:amount::float8) filter (where :amount::float8 between -1e300 and 1e300) as y
  from :costs
  where :unit in (select unit from members)
  group by 1
)
