-- What a trainer says of a run; what it said of the run's end stays.
-- $1 job, $2 key, $3 body
insert into plumbline.job_callback as known (job_id, key, body)
values ($1::bigint, $2::text, $3::jsonb)
on conflict (job_id, key) do update set body = excluded.body, received_at = excluded.received_at
where known.body ->> 'state' not in ('succeeded', 'failed')
