-- The interim looks at a campaign before a moment, oldest first.
-- $1 campaign, $2 the moment
select looked_at, kind, fraction, scores, assigned, metric, matured, verdict
from plumbline.interim_look
where campaign = $1::text and looked_at < $2::timestamptz
order by looked_at, look_id
