-- What a metric says of each customer, within its horizon after the assignment.
, :name as (
  select m.unit, :value as y, :per_value as per, :first as first, count(*) filter (where o.at <= m.at) as before,
    count(*) filter (where not o.is_number) as invalid
  from members as m
  join (
    select :metric_unit as unit, :metric_time as at, :metric_value as value, :metric_per as per,
      :is_number as is_number
    from :metric_table
  ) as o on o.unit = m.unit and :arrived
  group by m.unit
)
