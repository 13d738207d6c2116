-- Predictions of a range of time with what is known of their outcomes.
copy (
  select p.at, :version_out
    p.score, p.decision,
    case
      when max(o.at) filter (where o.positive and :in_time)
        = max(o.at) filter (where o.negative and :in_time) then null
      when coalesce(max(o.at) filter (where o.positive and :in_time), '-infinity')
        > coalesce(max(o.at) filter (where o.negative and :in_time), '-infinity') then true
      when max(o.at) filter (where o.negative and :in_time) is not null then false
      when :absent_is_negative and p.at + :horizon <= :as_of then false
    end as label,
    p.at + :horizon <= :as_of
      or coalesce(max(o.at) filter (where o.positive and :in_time)
        = max(o.at) filter (where o.negative and :in_time), false) as is_final,
    coalesce((max(o.at) filter (where o.positive and :in_time)
        = max(o.at) filter (where o.negative and :in_time))::int, 0)
      + coalesce(bool_or(o.at is not null and not o.positive and not o.negative)::int, 0) * 2
      + coalesce(bool_or(not (:in_time))::int, 0) * 4
      + coalesce(bool_or(o.at < p.at)::int, 0) * 8 as faults
    :segments_out
  from (
    select :id as id, :time as at, :version_in :score::float8 as score,
      (:decision)::boolean as decision :key_in :segments_in
    from :source
    where :time >= :from and :time < :to and :score between 0 and 1:filter
  ) as p
  left join (
    select :outcome_key as key, :outcome_time as at,
      coalesce(:positive, false) as positive, coalesce(:negative, false) as negative
    from :outcomes
    where :outcome_time < :as_of
  ) as o on :match
  group by p.id, p.at, :version_group p.score, p.decision :segments_group
) to stdout (format binary)
