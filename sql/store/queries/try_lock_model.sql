-- Locks a model until the transaction ends, unless another run holds the lock: unlike a session's, a
-- transaction's lock holds behind a connection pool too.
-- $1 model name
select pg_try_advisory_xact_lock(hashtextextended('plumbline/' || $1::text, 0)) as is_locked
