-- An alert becomes inactive: only its past is kept.
-- $1 model number, $2 version, $3 rule, $4 subject, $5 segment or null, $6 kind of window, $7 since
update plumbline.alert set state = 'inactive', bad_windows = '[]', bad_since = null, inhibitor = null,
  since = case when state = 'inactive' then since else $7::timestamptz end
where model_id = $1::bigint::int and model_version = $2::text and rule = $3::text and subject = $4::text
  and segment is not distinct from $5::text and window_kind = $6::text
returning alert_id
