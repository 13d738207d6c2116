-- What became of an alert, oldest first.
-- $1 alert
select from_state, to_state, at, reason
from plumbline.alert_transition where alert_id = $1::bigint order by transition_id
