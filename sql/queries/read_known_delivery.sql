-- Was it told, or is it to be?
-- $1 channel, $2 key, $3 whether one that was refused or given up does not count
select exists (
  select from plumbline.delivery
  where channel = $1::text and key = $2::text and (not $3::boolean or state in ('queued', 'delivered')))
