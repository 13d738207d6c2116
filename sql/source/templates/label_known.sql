-- What the outcomes of a prediction said at a moment: the latest yes, the latest no, the first of each,
-- and issues.
, max(o.at) filter (where o.positive and o.at <= p.at + :horizon and o.at < :moment) as yes:suffix,
  max(o.at) filter (where o.negative and o.at <= p.at + :horizon and o.at < :moment) as no:suffix,
  min(o.at) filter (where o.positive and o.at <= p.at + :horizon and o.at < :moment)
    as first_yes:suffix,
  min(o.at) filter (where o.negative and o.at <= p.at + :horizon and o.at < :moment)
    as first_no:suffix,
  coalesce(bool_or(not o.positive and not o.negative and o.at < :moment)::int, 0) * 2
    + coalesce(bool_or(o.at > p.at + :horizon and o.at < :moment)::int, 0) * 4
    + coalesce(bool_or(o.at < p.at and o.at < :moment)::int, 0) * 8 as issues:suffix
