-- How far are the distribution functions of a number apart, at most and in all, in a window and in its reference, over raw values?
select max(abs(d.mine::float8 / d.n - d.theirs::float8 / d.m)) as distance,
  coalesce(sum(abs(d.mine::float8 / d.n - d.theirs::float8 / d.m) * (d.next - d.x)), 0) as area, max(d.n)::bigint as mine,
  max(d.m)::bigint as theirs
from (
  select v.x::float8 as x, (lead(v.x) over upwards)::float8 as next, sum(v.is_mine) over upwards as mine, sum(v.is_theirs) over upwards as theirs,
    sum(v.is_mine) over () as n, sum(v.is_theirs) over () as m
  from (
    select r.x, sum(r.is_mine) as is_mine, sum(r.is_theirs) as is_theirs
    from (
      select :value as x, 1 as is_mine, 0 as is_theirs from :source where :during and :version:filter
      union all
      select :value, 0, 1 from :reference_source where :reference_during and :reference_version:reference_filter
    ) as r
    where r.x > '-infinity' and r.x < 'infinity'
    group by r.x
  ) as v
  window upwards as (order by v.x)
) as d
where d.n > 0 and d.m > 0
