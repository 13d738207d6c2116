-- What was decided about a campaign, oldest first.
-- $1 campaign
select decided_at, decision, verdict, author, second_author, reason, net, net_lower, net_upper, input, software
from plumbline.campaign_decision
where campaign = $1::text
order by decided_at, decision_id
