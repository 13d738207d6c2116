-- Is this server a replica, and how far has it come?
-- $1 a position in the primary's log, or null
select pg_is_in_recovery() as is_replica,
  coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false) as has_reached,
  pg_last_xact_replay_timestamp() as replayed_until
