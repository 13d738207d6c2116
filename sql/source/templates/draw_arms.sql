-- Draws arms among candidates, reproducibly: within each tier the order is that of a hash of the seed and the
-- customer, and the first so many go into each arm; what is left of a customer at a border is drawn too, so that small
-- tiers do not add up to another split. Whoever has the seed can draw it again.
select d.unit as :unit, nullif(d.tier, '') as tier, :arms as arm
from (
  select c.unit, c.tier,
    row_number() over (partition by c.tier order by md5(:seed || '|' || c.unit::text), c.unit) as place,
    count(*) over (partition by c.tier) as n,
    ('x' || left(md5(:seed || '|' || c.tier || '|'), 8))::bit(32)::bigint / 4294967296.0 as u
  from (
    select distinct on (:unit) :unit as unit, coalesce(:tier, '') as tier
    from :candidates
    where :unit is not null and :condition
    order by :unit, :tier
  ) as c
) as d
order by d.tier, d.place
