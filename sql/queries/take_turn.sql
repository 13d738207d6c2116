-- Is it this run's turn to work on a model? One at a time, until the transaction ends: unlike a
-- session's, a transaction's lock holds behind a connection pool too.
-- $1 model name
select pg_try_advisory_xact_lock(hashtextextended('plumbline/' || $1::text, 0)) as is_ours
